import type { QueryArrayConfig, QueryConfig } from 'pg';
import type { GanderError } from '../errors.ts';
import type { Migration, Place, Segment, Statement } from '../migration.ts';
import { namesSlots, objectionInTransaction } from '../sql/checks.ts';
import { kindOf } from '../sql/kind.ts';
import { lineOf, type LineStarts, lineStarts } from '../sql/position.ts';
import { cutStatements, type Range } from '../sql/statements.ts';
import { inModule } from './thrown.ts';

/** Where a query comes from: the place in the module where it was asked for, null when nobody knows. */
export interface Origin {
  readonly migration: Migration;
  readonly place: Place | null;
}

/**
 * Reads what a module asks `client.query` for: SQL, and values; or both in an object, as pg takes them too.
 *
 * @throws GanderError `migration_failed` for what it cannot be
 */
export function readQuery(
  text: unknown,
  values: unknown,
  origin: Origin,
): QueryConfig & Partial<QueryArrayConfig> {
  const { text: sql, values: own, rowMode, types } = isConfig(text) ? text : { ...NO_CONFIG, text };
  const bound = values ?? own ?? null;
  if (typeof sql !== 'string' || !(bound === null || Array.isArray(bound))) throw noQuery(origin);
  return {
    text: sql,
    ...(bound === null ? {} : { values: bound as unknown[] }),
    ...(rowMode === 'array' ? { rowMode } : {}),
    ...(types === undefined ? {} : { types }),
  };
}

const NO_CONFIG = { values: undefined, rowMode: undefined, types: undefined };

function noQuery(origin: Origin): GanderError {
  return inModule('client.query() was not given SQL as text, and values as an array.', origin, {
    next: "Write client.query('INSERT INTO users (name) VALUES ($1)', [name]). Streams and cursors cannot be used.",
  });
}

type Config = { text: unknown; values: unknown } & Pick<Partial<QueryArrayConfig>, 'rowMode' | 'types'>;

function isConfig(value: unknown): value is Config {
  return typeof value === 'object' && value !== null && 'text' in value && !('submit' in value);
}

/**
 * The statement that a query is, in what is recorded and shown of it. Where its text stands in the module as it is, it is
 * that place; else the place is where the query was asked for.
 *
 * @throws GanderError `migration_failed` for what is no SQL for the server, and what takes the transaction out of our hands
 */
export function statementOf(sql: string, origin: Origin): Statement {
  const { migration, place } = origin;
  const lines = lineStarts(migration.text);
  const asked = place === null ? null : offsetOf(migration.text, lines, place);
  const written = whereWritten(sql, migration.text, asked ?? 0);
  const refuse = (_offset: number, message: string, next: string): never => {
    throw inModule(message, origin, { next });
  };
  const ranges = cutStatements(sql, refuse, 'the end of the query');
  for (const { start, end } of migration.script.transaction ? ranges : []) {
    const objection = objectionInTransaction(sql.slice(start, end), namesSlots(migration.text));
    if (objection !== null) refuse(start, objection.message, WITHOUT_TRANSACTION);
  }
  const first = ranges[0]?.start ?? 0;
  const offset = written === null ? (asked ?? 0) : written + first;
  return {
    text: sql,
    sql,
    segments: written === null ? [] : [whole(sql, written)],
    offset,
    line: written === null && asked === null ? 0 : lineOf(lines, offset),
    parts: ranges.length,
    ...kindOfAll(sql, ranges),
  };
}

function whole({ length }: string, file: number): Segment {
  return { sql: 0, file, length, fixed: false };
}

function offsetOf(text: string, lines: LineStarts, { line, column }: Place): number {
  let offset = lines[line - 1] ?? 0;
  for (let left = column - 1; left > 0; left--) offset += (text.codePointAt(offset) ?? 0) > 0xff_ff ? 2 : 1;
  return offset;
}

/** The nearest place after the call, which begins before its arguments do; else the last one before. */
function whereWritten(sql: string, text: string, asked: number): number | null {
  if (sql.trim() === '') return null;
  const after = text.indexOf(sql, asked);
  const found = after >= 0 ? after : text.lastIndexOf(sql);
  return found < 0 ? null : found;
}

function kindOfAll(sql: string, ranges: readonly Range[]): Pick<Statement, 'kind' | 'object'> {
  const kinds = ranges.map(({ start, end }) => kindOf(sql.slice(start, end)));
  const [first, ...others] = new Set(kinds.map(({ kind }) => kind));
  const object = kinds.length === 1 ? kinds[0]!.object : null;
  return { kind: others.length === 0 ? (first ?? '') : 'block', object };
}

const WITHOUT_TRANSACTION =
  'Remove it: Gander begins and ends the transaction. To run without one, add `export const transaction = false`.';
