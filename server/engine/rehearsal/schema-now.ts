import type { Client } from '../postgres.ts';
import type { SchemaObject } from '../schema/diff/object.ts';
import { kinds, type Scope } from '../schema/kinds/index.ts';
import { type ObjectRow, rowColumns, toObjects } from '../schema/rows.ts';
import { aside } from './aside.ts';

/** Everything that a migration can change, as the open transaction sees it. @throws as `aside` */
export async function schemaNow(client: Client, scope: Scope): Promise<SchemaObject[]> {
  const queries = kinds.map((kind) => `SELECT ${rowColumns('o')} FROM (${kind.rows(scope)}) o`);
  const results = await aside<ObjectRow>(client, queries);
  return toObjects(results.flatMap(({ rows }) => rows));
}
