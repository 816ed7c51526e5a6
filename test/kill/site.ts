/** One database with one project's folder: where commands are run, watched and killed. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Pool } from 'pg';
import { folder, Migrator, type Resolution, type RunRecord } from '../../server/engine/index.ts';
import { type Ended, startGander } from '../support/command.ts';
import type { Said } from './errand.ts';
import type { Shown } from './oracle.ts';
import type { Project } from './project.ts';
import { type Snapshot, takeSnapshot } from './snapshot.ts';

/** How long a server may take to be back after a crash, or to notice that its client is dead. */
const PATIENCE_MS = 30_000;

/** A migration as the command tells it. */
type Told = Omit<Shown, 'dirty'> & {
  readonly dirty: (Omit<NonNullable<Shown['dirty']>, 'runId'> & { readonly run: string | null }) | null;
};

/** Where a run is to lead: everything applied, or nothing. */
export type Goal = 'up' | 'down';

export class Site {
  readonly project: Project;
  readonly url: string;
  readonly #dir: string;
  readonly #pool: Pool;
  readonly #migrator: Migrator;
  /** The last commands, for whoever has to find out what went wrong. */
  readonly story: string[] = [];

  private constructor(project: Project, url: string, dir: string) {
    this.project = project;
    this.url = url;
    this.#dir = dir;
    this.#pool = new Pool({ connectionString: url, max: 2, application_name: 'oracle' });
    this.#pool.on('error', () => {});
    this.#migrator = new Migrator({ pool: this.#pool, source: folder(dir), table: project.table });
  }

  /** Makes the database, empty, and writes the folder. */
  static async create(server: string, name: string, project: Project): Promise<Site> {
    await eventually(() => onServer(server, `CREATE DATABASE ${name}`));
    const dir = await mkdtemp(path.join(tmpdir(), 'gander-kill-'));
    await Promise.all(
      Object.entries(project.files).map(([file, text]) => writeFile(path.join(dir, file), text)),
    );
    const url = new URL(server);
    url.pathname = `/${name}`;
    return new Site(project, url.href, dir);
  }

  async remove(server: string): Promise<void> {
    await this.#pool.end();
    await eventually(() =>
      onServer(server, `DROP DATABASE IF EXISTS ${new URL(this.url).pathname.slice(1)} WITH (FORCE)`),
    );
    await rm(this.#dir, { recursive: true, force: true });
  }

  /** Starts the command on this site. */
  start(...args: string[]): ReturnType<typeof startGander> {
    const env = {
      DATABASE_URL: this.url,
      GANDER_MIGRATIONS: this.#dir,
      GANDER_TABLE: this.project.table,
      TZ: 'UTC',
    };
    const started = startGander(args, { env });
    return { ...started, ended: started.ended.then((ended) => this.#tell(args, ended)) };
  }

  /** Applies everything, or rolls it back, by the library. @returns the error that it ended with */
  async migrate(goal: Goal): Promise<Error | null> {
    const run = goal === 'up' ? this.#migrator.up() : this.#migrator.down({ to: 0n });
    return this.#byLibrary(goal, run);
  }

  /** The statements of a dirty migration of which the catalogs do not tell whether they happened, from 1. */
  async untold(version: string): Promise<number[]> {
    const { statements } = await this.#migrator.findings(BigInt(version));
    return statements.filter(({ verdict }) => verdict === 'cannot tell').map(({ number }) => number);
  }

  /** Resolves a dirty migration by the library. @returns the error that it ended with */
  async resolve(version: string, resolution: Resolution, said: Said): Promise<Error | null> {
    const start = said.from === undefined ? '' : ` from ${said.from}`;
    return this.#byLibrary(
      `resolve ${version}: ${resolution}${start}`,
      this.#migrator.resolve(BigInt(version), resolution, said),
    );
  }

  async #byLibrary(what: string, run: Promise<unknown>): Promise<Error | null> {
    const error = await run.then(
      () => null,
      (reason: unknown) => reason as Error,
    );
    this.story.push(`by the library, ${what}: ${error === null ? 'done' : error.message}`);
    return error;
  }

  /** What `gander status --json` says. */
  async shown(): Promise<Shown[]> {
    const { code, out, err } = await this.start('status', '--json').ended;
    if (code !== 0) throw new Error(`status ended with ${code}: ${err}`);
    const { migrations } = JSON.parse(out) as { migrations: Told[] };
    return migrations.map(({ dirty, ...one }) => ({
      ...one,
      dirty: dirty === null ? null : { ...dirty, runId: dirty.run },
    }));
  }

  /** The same by the library. */
  async state(): Promise<Shown[]> {
    const { migrations } = await this.#migrator.status();
    return migrations.map(({ version, state, fileState, dirty }) => ({
      version: version.toString(),
      state,
      fileState,
      dirty,
    }));
  }

  /** The runs that the dirty ones among these failed in, by id. */
  async runsOf(shown: readonly Shown[]): Promise<Map<string, RunRecord | null>> {
    const ids = [...new Set(shown.flatMap(({ dirty }) => dirty?.runId ?? []))];
    return new Map(await Promise.all(ids.map(async (id) => [id, await this.#migrator.run(id)] as const)));
  }

  async snapshot(): Promise<Snapshot> {
    return this.query(takeSnapshot);
  }

  /** Runs statements one by one, as a person at a prompt. */
  async sql(...statements: readonly string[]): Promise<void> {
    for (const statement of statements) this.story.push(`psql: ${statement}`);
    await this.query(async (client) => {
      for (const statement of statements) await client.query(statement);
    });
  }

  /** Waits until the server answers and nothing of what was killed is at work any more. */
  async quiet(): Promise<void> {
    await eventually(async () => {
      const left = await this.query(async (client) => (await client.query(`SELECT query FROM ${OURS}`)).rows);
      if (left.length > 0) throw new Error(`still at work: ${JSON.stringify(left)}`);
    });
  }

  /** On a connection of its own. */
  async query<T>(work: (client: Client) => Promise<T>): Promise<T> {
    return onConnection(this.url, work);
  }

  #tell(args: readonly string[], ended: Ended): Ended {
    const how = ended.code === null ? 'killed' : `exit code ${ended.code}`;
    this.story.push(
      `gander ${args.join(' ')}: ${how}${args[0] === 'status' ? '' : `\n${indented(ended.out + ended.err)}`}`,
    );
    return ended;
  }
}

/** The sessions of the command in this database. */
export const OURS = `pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'gander %'`;

async function onConnection<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url, application_name: 'oracle' });
  client.on('error', () => {});
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end().catch(() => {});
  }
}

async function onServer(server: string, sql: string): Promise<void> {
  await onConnection(server, (client) => client.query(sql));
}

/** Tries until it works: a server that comes back from a crash refuses at first. */
async function eventually(work: () => Promise<void>): Promise<void> {
  for (const deadline = performance.now() + PATIENCE_MS; ; await sleep(10)) {
    try {
      return await work();
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
  }
}

function indented(text: string): string {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => `    ${line}`)
    .join('\n');
}
