/** Counts the rows that tell of a run's course as they are committed, so that a strike can be aimed at one of them. */
import { Client } from 'pg';
import type { Site } from './site.ts';

/** Every table that a run writes into tells: the history, and all of Gander's own. */
const TELL = `
  CREATE SCHEMA watch;
  CREATE FUNCTION watch.tell() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    PERFORM pg_notify('row', gen_random_uuid()::text);
    RETURN NULL;
  END $$;
  DO $$
  DECLARE t regclass;
  BEGIN
    FOR t IN SELECT oid FROM pg_class WHERE relkind = 'r'
      AND (relnamespace = 'gander'::regnamespace OR relname IN ('schema_migrations', 'goose_db_version')) LOOP
      EXECUTE format('CREATE TRIGGER tell AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION watch.tell()', t);
    END LOOP;
  END $$`;

export class Watch {
  readonly #site: Site;
  #client: Client | null = null;
  #rows = 0;
  #onRow: () => void = () => {};
  /** When the first row came, for whoever measures. */
  firstAt: number | null = null;

  private constructor(site: Site) {
    this.#site = site;
  }

  /** On a site whose tables are there. */
  static async open(site: Site): Promise<Watch> {
    await site.query((client) => client.query(TELL));
    const watch = new Watch(site);
    await watch.listen();
    return watch;
  }

  get rows(): number {
    return this.#rows;
  }

  /** Again after the server was away. */
  async listen(): Promise<void> {
    await this.close();
    const client = new Client({ connectionString: this.#site.url, application_name: 'watch' });
    client.on('error', () => {});
    client.on('notification', () => {
      this.firstAt ??= performance.now();
      this.#rows += 1;
      this.#onRow();
    });
    await client.connect();
    await client.query('LISTEN row');
    this.#client = client;
  }

  /** Counts anew. @returns what waits for a row by its number; `false` when the command is over before it came */
  begin(): (wanted: number, over: AbortSignal) => Promise<boolean> {
    this.#rows = 0;
    this.firstAt = null;
    return (wanted, over) =>
      new Promise((resolve) => {
        this.#onRow = () => {
          if (this.#rows >= wanted) resolve(true);
        };
        over.addEventListener('abort', () => resolve(false));
        this.#onRow();
      });
  }

  async close(): Promise<void> {
    await this.#client?.end().catch(() => {});
    this.#client = null;
  }
}
