import type { HistoryTable } from '../snapshot.ts';

/** Tables by the keys that the journal knows them by: `public.schema_migrations`, `"a.b".c`. The reverse of `tableKey`. */
export function tablesOfKeys(keys: readonly string[]): HistoryTable[] {
  return [...new Set(keys)].flatMap((key) => {
    const [schema, name] = [...key.matchAll(/"((?:[^"]|"")*)"|[^."]+/g)].map(
      ([part, quoted]) => quoted?.replaceAll('""', '"') ?? part,
    );
    return schema === undefined || name === undefined ? [] : [{ schema, name }];
  });
}
