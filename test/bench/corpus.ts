/** Folders of migrations of any size, the same ones each time: a service that grows by a table every five migrations. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

type Written = readonly [name: string, up: string, down: string];

/** What happens to one table, in order. */
const LIFE: readonly ((table: string) => Written)[] = [
  (table) => [
    'create',
    `CREATE TABLE ${table} (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  owner text NOT NULL,
  state text NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'open', 'closed')),
  price numeric(12, 2) NOT NULL DEFAULT 0,
  made_at timestamptz NOT NULL DEFAULT now()
);`,
    `DROP TABLE ${table};`,
  ],
  (table) => ['note', `ALTER TABLE ${table} ADD COLUMN note text;`, `ALTER TABLE ${table} DROP COLUMN note;`],
  (table) => [
    'index',
    `CREATE INDEX ${table}_owner ON ${table} (owner);
COMMENT ON INDEX ${table}_owner IS 'one owner’s; the list''s first page';`,
    `DROP INDEX ${table}_owner;`,
  ],
  (table) => [
    'fill',
    `INSERT INTO ${table} (owner, price) VALUES\n${rows(8).join(',\n')};`,
    `DELETE FROM ${table};`,
  ],
  (table) => [
    'total',
    `-- +goose StatementBegin
CREATE FUNCTION ${table}_total() RETURNS numeric LANGUAGE plpgsql STABLE AS $$
BEGIN
  -- a quote (') and a semicolon; inside
  RETURN (SELECT coalesce(sum(price), 0) FROM ${table} WHERE state = 'open');
END
$$;
-- +goose StatementEnd`,
    `DROP FUNCTION ${table}_total();`,
  ],
];

/** Rows of a VALUES list. */
export function rows(count: number): string[] {
  return Array.from({ length: count }, (_, row) => `  ('owner ${row} of many; it''s so', ${row}.25)`);
}

/** Writes `count` migrations into a new folder `dir`. */
export async function writeCorpus(dir: string, count: number): Promise<void> {
  await mkdir(dir, { recursive: true });
  for (let made = 0; made < count; made += 1) {
    const table = `item_${Math.floor(made / LIFE.length)}`;
    const [name, up, down] = LIFE[made % LIFE.length]!(table);
    const version = 20240101000000 + made;
    await writeFile(path.join(dir, `${version}_${name}_${table}.sql`), gooseFile(up, down));
  }
}

export function gooseFile(up: string, down: string): string {
  return `-- +goose Up\n${up}\n\n-- +goose Down\n${down}\n`;
}
