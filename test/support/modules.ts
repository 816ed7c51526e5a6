import type { TestContext } from 'node:test';
import { folder, Migrator, type MigratorOptions, type StatementRecord } from '../../server/engine/index.ts';
import { createDatabase, type TestDatabase } from './database.ts';
import { writeMigrations } from './migrations.ts';

/** A folder, a database of its own, and what brings them together. */
export interface Place {
  readonly database: TestDatabase;
  readonly dir: string;
  readonly migrator: Migrator;
}

export async function place(
  t: TestContext,
  files: Readonly<Record<string, string>>,
  options: Partial<MigratorOptions> = {},
): Promise<Place> {
  const database = await createDatabase(t);
  const dir = await writeMigrations(files);
  const migrator = new Migrator({ pool: database.pool, source: folder(dir), ...options });
  return { database, dir, migrator };
}

/** A module with these bodies for its functions: the first line of `up` is line 2. */
export function module(up: string, down = '', more = ''): string {
  const written = (name: string, body: string): string =>
    `export async function ${name}(client) {\n${body.replaceAll(/^/gm, '  ')}\n}\n`;
  return `${more}${written('up', up)}${down === '' ? '' : written('down', down)}`;
}

/** What a module says that wants no transaction: one line. */
export const LOOSE = 'export const transaction = false;\n';

/** The statements that the journal has of a run. */
export async function statements(
  { migrator }: Place,
  run: string | null,
): Promise<readonly StatementRecord[]> {
  return (await migrator.run(run!))!.list.flatMap((step) => step.statements);
}

export function short({ position, line, kind, object, state, rowCount }: StatementRecord): string {
  return `${position} line ${line} ${kind} ${object} ${state} ${rowCount}`;
}
