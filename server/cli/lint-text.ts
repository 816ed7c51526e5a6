// What lint has found, on a terminal.
import { type Finding, SEVERITIES, type Severity } from '../engine/index.ts';
import { count } from '../words.ts';
import { type Lint, pathOf } from './lint-formats.ts';
import type { Colour, Paint } from './output.ts';

const COLOURS: Readonly<Record<Severity, Colour>> = { error: 'red', warning: 'yellow', note: 'dim' };

/** So many notes of one rule are told; the others are counted. */
const MOST_NOTES = 3;

/** All of it, in the order of the files. @param all also what is allowed, and every note */
export function lintText(lint: Lint, all: boolean, paint: Paint): string {
  const notes = new Map<string, number>();
  const lines: string[] = [];
  for (const finding of lint.findings) {
    if (finding.allowed !== null && !all) continue;
    if (finding.severity === 'note') {
      const told = (notes.get(finding.rule) ?? 0) + 1;
      notes.set(finding.rule, told);
      if (told > MOST_NOTES && !all) continue;
    }
    lines.push(...findingLines(lint, finding, paint));
  }
  return [...lines, ...untold(notes, all, paint), summary(lint)].join('\n');
}

function findingLines(lint: Lint, finding: Finding, paint: Paint): string[] {
  const { line, column, severity, message, rule, instead, sql, docs, allowed } = finding;
  const place = `${pathOf(lint, finding)}:${line}:${column}`;
  const head = `${place}: ${paint(COLOURS[severity], severity)}: ${message} ${paint('dim', `(${rule})`)}`;
  if (allowed !== null) return [head, paint('dim', `    allowed: ${allowed}`)];
  if (severity === 'note') return [head, `    ${instead}`];
  const lines = (sql ?? '').split('\n').filter((text) => text !== '');
  return [
    head,
    `    ${instead}`,
    ...lines.map((text) => paint('dim', `      ${text}`)),
    ...(docs === null ? [] : [paint('dim', `    ${docs}`)]),
    '',
  ];
}

function untold(notes: ReadonlyMap<string, number>, all: boolean, paint: Paint): string[] {
  if (all) return [];
  return [...notes]
    .filter(([, number]) => number > MOST_NOTES)
    .map(([rule, number]) =>
      paint('dim', `and ${count(number - MOST_NOTES, 'more note')} of ${rule}: --verbose lists them`),
    );
}

/** `gander: 71 files, 2 errors, 5 warnings; 1 allowed` */
function summary({ files, findings, database }: Lint): string {
  const told = findings.filter(({ allowed }) => allowed === null);
  const counts = SEVERITIES.map((severity) => ({
    severity,
    number: told.filter((one) => one.severity === severity).length,
  })).filter(({ number }) => number > 0);
  const against = database === null ? '' : ` against ${database}`;
  const what = `${count(files, 'file')}${against}`;
  const found =
    counts.length === 0
      ? 'nothing to say'
      : counts.map(({ severity, number }) => count(number, severity)).join(', ');
  const allowed = findings.length - told.length;
  return `gander: ${what}: ${found}${allowed === 0 ? '' : `; ${allowed} allowed`}`;
}
