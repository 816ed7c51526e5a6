import type { Catalog } from './catalog.ts';
import { type Name, written } from './name.ts';

/** `users (about 1,200,000 rows, 340 MB)`; only the name where nobody has counted. */
export function sized(table: Name, catalog: Catalog): string {
  const found = catalog.find(table);
  if (found === null || found.fresh || found.rows === null) return written(table);
  const size = found.bytes === null ? '' : `, ${bytesText(found.bytes)}`;
  return `${written(table)} (about ${rounded(found.rows).toLocaleString('en')} ${found.rows === 1 ? 'row' : 'rows'}${size})`;
}

const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB'] as const;

/** As PostgreSQL's pg_size_pretty: `340 MB`. */
export function bytesText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  for (; value >= 10_240 && unit < UNITS.length - 1; unit++) value /= 1_024;
  return `${Math.round(value).toLocaleString('en')} ${UNITS[unit]}`;
}

/** An estimate is not exact to the last row. */
function rounded(rows: number): number {
  const digits = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(rows, 1))) - 2);
  return Math.round(rows / digits) * digits;
}
