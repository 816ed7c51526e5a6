import type { SchemaObject } from '../schema/diff/object.ts';
import { kinds, type Scope } from '../schema/kinds/index.ts';
import { type ObjectRow, rowColumns, toObjects } from '../schema/rows.ts';
import type { Aside } from './aside.ts';

/** Everything that a migration can change, as the open transaction sees it. @throws as `Aside.read` */
export async function schemaNow(aside: Aside, scope: Scope): Promise<SchemaObject[]> {
  const queries = kinds.map((kind) => `SELECT ${rowColumns('o')} FROM (${kind.rows(scope)}) o`);
  const results = await aside.read<ObjectRow>(queries);
  return toObjects(results.flatMap(({ rows }) => rows));
}
