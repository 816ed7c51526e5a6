// Files as text, and what advice says of them.
import { readActs } from '../../../server/engine/advice/acts/read.ts';
import type { Facts, RelationFacts } from '../../../server/engine/advice/facts.ts';
import type { Finding } from '../../../server/engine/advice/finding.ts';
import { type Reading, review, type ReviewOptions } from '../../../server/engine/advice/review.ts';
import type { Direction, Migration } from '../../../server/engine/migration.ts';
import { loadParser } from '../../../server/engine/parser.ts';
import { checksum } from '../../../server/engine/sql/checksum.ts';
import { parseScript } from '../../../server/engine/sql/script.ts';
import { goose } from '../../support/migrations.ts';

const parse = await loadParser();

export function migrationOf(
  text: string,
  version = 1,
  env: Readonly<Record<string, string>> = {},
): Migration {
  const file = `${version}_m.sql`;
  const script = parseScript(text, { file, env });
  return { version: BigInt(version), name: 'm', file, text, checksum: checksum(text), script };
}

/** @param isShown false: it is only learnt from */
export function readingOf(migration: Migration, direction: Direction = 'up', isShown = true): Reading {
  const acts = migration.script[direction].statements.map(({ sql }) => {
    const trees = parse(sql);
    return trees === null ? null : readActs(sql, trees);
  });
  return { migration, direction, acts, isShown };
}

/** What is said of whole files, one after the other. */
export function adviceOn(texts: readonly string[], options: Partial<ReviewOptions> = {}): Finding[] {
  const readings = texts.map((text, index) => readingOf(migrationOf(text, index + 1)));
  return review(readings, { facts: null, unit: 'file', ...options });
}

/** What is said of the last of some Ups, whose Downs are no matter. */
export function adviceOnUp(...ups: readonly string[]): Finding[] {
  const texts = ups.map((up) => (up.includes('+goose Up') ? up : goose(up, 'SELECT f();')));
  return adviceOn(texts).filter(({ version }) => version === BigInt(ups.length));
}

export function rulesOf(findings: readonly Finding[]): string {
  return findings.map(({ rule }) => rule).join(' ');
}

/** Facts of a table, with the defaults of one that nobody has counted. */
export function factsOf(...tables: readonly (Partial<RelationFacts> & { readonly name: string })[]): Facts {
  const nothing = { columns: [], constraints: [], indexes: [], dependents: [] };
  return {
    relations: tables.map((one) => ({
      schema: 'public',
      kind: 'table',
      rows: null,
      bytes: null,
      ...nothing,
      ...one,
    })),
  };
}
