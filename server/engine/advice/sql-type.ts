import type { TypeName } from 'libpg-query';
import { stringsOf } from './name.ts';

/** A type of the server, however it was written. */
export interface SqlType {
  /** As in pg_type, without the schema pg_catalog: `int4`, `varchar`, `shop.mood`. */
  readonly name: string;
  /** What is between its parentheses. */
  readonly modifiers: readonly number[];
  readonly array: boolean;
}

/** What the manual calls them, by what the catalog does. */
const WORDS: Readonly<Record<string, string>> = {
  int2: 'smallint',
  int4: 'integer',
  int8: 'bigint',
  float4: 'real',
  float8: 'double precision',
  bool: 'boolean',
  bpchar: 'character',
  varchar: 'character varying',
  varbit: 'bit varying',
  timestamp: 'timestamp without time zone',
  timestamptz: 'timestamp with time zone',
  time: 'time without time zone',
  timetz: 'time with time zone',
};

const CATALOG = new Map(Object.entries(WORDS).map(([name, words]) => [words, name]));

/** Reads the type of a parsed statement. */
export function typeOf(node: TypeName): SqlType {
  const names = stringsOf(node.names).filter((part) => part !== 'pg_catalog');
  const modifiers = (node.typmods ?? []).flatMap((mod) =>
    'A_Const' in mod && mod.A_Const.ival !== undefined ? [mod.A_Const.ival.ival ?? 0] : [],
  );
  return { name: names.join('.'), modifiers, array: (node.arrayBounds ?? []).length > 0 };
}

/** Reads what the server's format_type() writes: `character varying(20)`, `timestamp(3) with time zone`, `integer[]`. */
export function typeFrom(text: string): SqlType {
  const array = text.endsWith('[]');
  const bare = array ? text.slice(0, -2) : text;
  const modifiers = /\(([\d, -]+)\)/.exec(bare)?.[1]?.split(',').map(Number) ?? [];
  const words = bare
    .replace(/\([^)]*\)/, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
  return { name: CATALOG.get(words) ?? words.replaceAll('"', ''), modifiers, array };
}

/** As the manual writes it: `character varying(20)`. */
export function typeText({ name, modifiers, array }: SqlType): string {
  const words = WORDS[name] ?? name;
  const mods = modifiers.length === 0 ? '' : `(${modifiers.join(',')})`;
  const [first = '', ...rest] = name.startsWith('time') ? words.split(' ') : [words];
  return `${[`${first}${mods}`, ...rest].join(' ')}${array ? '[]' : ''}`;
}

/** Whether a type makes its own numbers, from a sequence. */
export function isSerial({ name }: SqlType): boolean {
  return /^(?:small|big)?serial[248]?$/.test(name);
}
