import type { Tree } from './advice/acts/read.ts';

/** Reads SQL as PostgreSQL does; null where it finds an error of syntax. */
export type Parse = (sql: string) => Tree[] | null;

let loading: Promise<Parse> | null = null;

/**
 * PostgreSQL 18's own parser, as WebAssembly: 1.8 MB on the disk, and once it is loaded some 50 MB of memory that do not come
 * back. Only advice needs it, so it is loaded when advice is asked for, and never by what applies migrations.
 */
export function loadParser(): Promise<Parse> {
  loading ??= load();
  return loading;
}

async function load(): Promise<Parse> {
  const { loadModule, parseSync } = await import('libpg-query');
  await loadModule();
  return (sql) => {
    try {
      return (parseSync(sql).stmts ?? []).flatMap(({ stmt: node, stmt_location: location = 0 }) =>
        node === undefined ? [] : [{ node, location }],
      );
    } catch {
      return null; // what is newer than the parser, or no SQL at all: PostgreSQL will say
    }
  };
}
