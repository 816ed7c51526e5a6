// What the example's migrations are said to change, held against what pg_dump has before and after each.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { Pool } from 'pg';
import { exampleMigrations } from '../../../server/config.ts';
import {
  folder,
  Migrator,
  type RecordedChange,
  type SchemaObject,
  Schemas,
} from '../../../server/engine/index.ts';
import { startSystemPostgres, systemBinaries } from '../../support/system-postgres.ts';

/** `-- Name: users users_pkey; Type: CONSTRAINT; Schema: public; Owner: app`, and its SQL until the next one. */
const ENTRY = /^-- Name: (.*?); Type: ([A-Z ]+); Schema: .*$/gm;

/** What pg_dump writes, an entry for each thing. */
async function dump(programs: string, url: string): Promise<ReadonlyMap<string, string>> {
  const options = ['--schema-only', '--exclude-schema=gander', '--exclude-table=schema_migrations'];
  const { stdout } = await promisify(execFile)(path.join(programs, 'pg_dump'), [...options, url], {
    maxBuffer: 50_000_000,
  });
  const heads = [...stdout.matchAll(ENTRY)];
  return new Map(
    heads.map((head, index) => [
      `${head[2]}: ${head[1]}`,
      // Settings between two entries belong to neither.
      stdout
        .slice(head.index + head[0].length, heads[index + 1]?.index)
        .replaceAll(/^(--|SET |\\).*$/gm, '')
        .trim(),
    ]),
  );
}

/** The names of all that is in one dump only, or is not the same in both. */
function differing(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  const keys = [...new Set([...before.keys(), ...after.keys()])];
  return sorted(keys.filter((key) => before.get(key) !== after.get(key)).map(nameInDump));
}

/** What belongs to something has its name: its comment, its default, its place among partitions. */
function nameInDump(key: string): string {
  const [, type = '', name = ''] = /^([A-Z ]+): (.*)$/s.exec(key) ?? [];
  if (type === 'COMMENT')
    return withoutArguments(name)
      .replace(/^(MATERIALIZED )?[A-Z]+ /, '')
      .replace(/^(\w+)\.\w+$/, '$1')
      .replace(/^(\w+) ON (\w+)$/, '$1');
  if (type === 'DEFAULT') return name.split(' ')[0]!;
  // `users users_pkey`
  if (/CONSTRAINT|TRIGGER|RULE|POLICY/.test(type)) return name.split(' ').at(-1)!;
  return withoutArguments(name);
}

/** pg_dump names only their types. */
function withoutArguments(name: string): string {
  return name.replace(/\(.*$/s, '');
}

/** The same of what was recorded. Checks are written with their tables by pg_dump. */
function namesOf({ diff }: RecordedChange): string[] {
  const all = diff.flatMap(({ before, after }) => [before, after].filter((one) => one !== null));
  return sorted(all.map(nameInDiff));
}

function nameInDiff({ kind, name, table, definition }: SchemaObject): string {
  if (kind === 'constraint' && / CHECK \(/.test(definition) && !definition.includes('NOT VALID'))
    return table!;
  return withoutArguments(name);
}

function sorted(names: readonly string[]): string[] {
  return [...new Set(names)].toSorted();
}

test('what each of the example’s migrations is said to change is what pg_dump has otherwise afterwards', async (t) => {
  const programs = systemBinaries();
  if (programs === null) return t.skip('there is no pg_dump on this machine');
  const url = await startSystemPostgres(programs);
  const pool = new Pool({ connectionString: url, max: 3 });
  pool.on('error', () => {});
  const options = { pool, source: folder(exampleMigrations) };
  const [migrator, schemas] = [new Migrator(options), new Schemas(options)];
  const { migrations } = await migrator.status();
  assert.ok(migrations.length >= 44);
  let before = await dump(programs, url);
  for (const { version, name } of migrations) {
    await migrator.up({ to: version });
    const after = await dump(programs, url);
    const change = await schemas.changeOf(version);
    assert.equal(change?.problem, null);
    assert.deepEqual(namesOf(change), differing(before, after), `${version} ${name}`);
    before = after;
  }
  assert.ok(before.size > 100);
  await pool.end();
});
