// What was found of a dirty migration, on a terminal and as JSON.
import type { Findings, Fold, StatementFinding, WayOut } from '../engine/index.ts';
import { count } from '../words.ts';
import { failureJson } from './json.ts';
import type { Colour, Paint } from './output.ts';

/** All of it: what happened, what is there, what that means, and the ways out with the command for each. */
export function findingsText(
  findings: Findings,
  rows: readonly (StatementFinding | Fold)[],
  paint: Paint,
): string {
  const { version, name, dirty, ending, source, conclusion, ways } = findings;
  const what = name === '' ? `${version}` : `${version}_${name}`;
  const run = dirty.runId === null ? '' : `, run ${dirty.runId}`;
  const head = `${what}: ${paint('red', `dirty, ${dirty.kind}`)}${dirty.direction === 'down' ? ', going down' : ''}${run}`;
  return [
    head,
    ...(dirty.failure === null ? [] : [`  ${dirty.failure.message}`]),
    `  ${ending}`,
    '',
    ...(source === null ? [] : [source, '']),
    ...(rows.length === 0 ? [] : [...rows.flatMap((row) => statementLines(row, paint)), '']),
    paint('bold', conclusion),
    '',
    'Ways out:',
    ...ways.flatMap((way) => wayLines(way, version, paint)),
  ].join('\n');
}

const COLOURS: Readonly<Record<StatementFinding['standing'], Colour>> = {
  in: 'green',
  out: 'dim',
  half: 'red',
  unknown: 'yellow',
  either: 'dim',
};

function statementLines(row: StatementFinding | Fold, paint: Paint): string[] {
  if ('statements' in row) {
    const { first, last, statements, verdict } = row;
    const what = count(statements.length, 'statement');
    return [line({ ...first, verdict }, `${first.number}–${last.number}`, what, paint)];
  }
  return [line(row, `${row.number}`, row.does, paint), paint('dim', `${' '.repeat(32)}${row.found}`)];
}

/** `  3  failed    not done     creates table b` */
function line(one: StatementFinding, numbers: string, what: string, paint: Paint): string {
  const verdict = paint(COLOURS[one.standing], one.verdict.padEnd(12));
  return `${numbers.padStart(7)}  ${one.recorded.padEnd(9)} ${verdict} ${what}`;
}

function wayLines(way: WayOut, version: bigint, paint: Paint): string[] {
  const isOpen = way.first.length === 0;
  const command = `gander resolve ${version} ${flagsOf(way)}`;
  return [
    `  ${isOpen ? paint('bold', way.label) : paint('dim', `${way.label} (not yet)`)}`,
    `      ${way.consequences}`,
    ...way.first.flatMap(({ what, sql }) => [
      `      first: ${what}`,
      ...sql.map((text) => `        ${text}`),
    ]),
    ...(isOpen ? [`      ${command}`] : []),
  ];
}

function flagsOf({ way, from, repair, overrules }: WayOut): string {
  const overrule =
    overrules.length === 0 ? '' : ` --overrule ${overrules.map(({ number }) => number).join(',')}`;
  if (repair !== null) return `--repair ${repair.how}`;
  if (way === 'resume') return `--resume --from ${from}`;
  return `${way === 'down' ? '--undo' : `--${way.replace(' ', '-')}`}${overrule}`;
}

export function findingsJson(findings: Findings): object {
  const { version, name, file, dirty, ending, of, source, statements, conclusion, ways, fingerprint } =
    findings;
  const { kind, direction, runId, since, failure } = dirty;
  return {
    version,
    name,
    file,
    dirty: { kind, direction, run: runId, since, failure: failure === null ? null : failureJson(failure) },
    ending,
    of,
    source,
    statements: statements.map(statementJson),
    conclusion,
    ways: ways.map(wayJson),
    fingerprint,
  };
}

function statementJson(one: StatementFinding): object {
  const { number, line: inFile, does, recorded, verdict, found, standing, looks } = one;
  const queries = looks.flatMap(({ query }) => query ?? []);
  return { number, line: inFile, does, recorded, verdict, found, standing, queries };
}

function wayJson({ way, from, repair, label, consequences, first, overrules }: WayOut): object {
  return {
    way,
    from,
    repair: repair === null ? null : { how: repair.how, sql: repair.sql },
    label,
    consequences,
    first: first.map(({ what, sql }) => ({ what, sql })),
    overrules: overrules.map(({ number }) => number),
  };
}
