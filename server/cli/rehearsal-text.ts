// What a rehearsal looks like on a terminal.
import {
  type DownProof,
  type Rehearsal,
  type RehearsedStatement,
  type RehearsedStep,
  toWords,
} from '../engine/index.ts';
import { count, duration } from '../words.ts';
import type { Colour, Paint } from './output.ts';

export function rehearsalText({ steps, outcome, tookMs, remains }: Rehearsal, paint: Paint): string {
  if (outcome === 'nothing') return 'gander: no migrations to run';
  return [
    ...steps.flatMap((step) => stepLines(step, paint)),
    ...remains,
    `gander: ${OUTCOMES[outcome]} All of it was rolled back (${duration(tookMs)}).`,
  ].join('\n');
}

const OUTCOMES: Readonly<Record<Exclude<Rehearsal['outcome'], 'nothing'>, string>> = {
  passed: 'what can be rehearsed would run.',
  failed: 'a migration would fail.',
  'out of time': 'the time was up before the end: --limit gives it more.',
};

const HEADS: Readonly<Record<RehearsedStep['outcome'], readonly [word: string, colour: Colour]>> = {
  done: ['OK  ', 'green'],
  failed: ['FAIL', 'red'],
  skipped: ['SKIP', 'yellow'],
  'not run': ['    ', 'dim'],
  nothing: ['    ', 'dim'],
};

function stepLines(step: RehearsedStep, paint: Paint): string[] {
  const [word, colour] = HEADS[step.outcome];
  const took = step.outcome === 'done' || step.outcome === 'failed' ? ` (${duration(step.tookMs)})` : '';
  const words = step.diff === null ? [] : toWords(step.diff);
  return [
    `${paint(colour, word)} ${step.file ?? `${step.version}_${step.name}`}${took}${REMARKS[step.outcome]}`,
    ...failureLines(step),
    ...(step.reason === null ? [] : [`     ${step.reason}`]),
    ...(step.lockedBefore.length === 0
      ? []
      : [
          `     locked by an earlier one, so whether by this one is not seen: ${step.lockedBefore.join(', ')}`,
        ]),
    ...step.statements.flatMap((statement) => statementLines(statement, paint)),
    ...words.map((sentence) => `     schema: ${sentence}`),
    ...(step.down === null ? [] : downLines(step.down, paint)),
  ];
}

const REMARKS: Readonly<Record<RehearsedStep['outcome'], string>> = {
  done: '',
  failed: '',
  skipped: ': not rehearsed',
  'not run': ': not run',
  nothing: ': nothing to run',
};

function failureLines({ failure, file }: Pick<RehearsedStep, 'failure' | 'file'>): string[] {
  if (failure === null) return [];
  const { message, detail, hint, context, place } = failure;
  const where = place === null ? '' : `${file}:${place.line}:${place.column}: `;
  return [`${where}${message}`, ...[detail, hint, context].flatMap((text) => text ?? [])].map(
    (text) => `     ${text.replaceAll('\n', '\n     ')}`,
  );
}

function statementLines(statement: RehearsedStatement, paint: Paint): string[] {
  const { line, kind, object, tookMs, rows } = statement;
  const what = object === null ? kind : `${kind} ${object}`;
  const touched = rows === null ? '' : `, ${count(rows, 'row')}`;
  return [
    paint('bold', `     line ${line}: ${what} (${duration(tookMs)}${touched})`),
    ...seenLines(statement).map((text) => `       ${text}`),
  ];
}

function seenLines({ locks, rewritten, scanned, indexes, changed, notices }: RehearsedStatement): string[] {
  return [
    ...locks.map(({ relation, mode, blocks, heldMs }) => {
      const held = blocks === 'nothing' ? '' : ` for ${duration(heldMs)}`;
      return `locks ${relation}: blocks ${blocks}${held} (${mode})`;
    }),
    ...rewritten.map((table) => `writes ${table} anew, or empties it`),
    ...scanned.map(({ table, rows }) => `reads all of ${table} (${count(rows, 'row')})`),
    ...indexes.map(({ index, table }) => `builds index ${index} on ${table}`),
    ...changed.map(({ table, inserted, updated, deleted }) => {
      const parts = Object.entries({ inserted, updated, deleted }).filter(([, number]) => number > 0);
      return `rows of ${table}: ${parts.map(([did, number]) => `${number.toLocaleString('en')} ${did}`).join(', ')}`;
    }),
    ...notices.map((notice) => `notice: ${notice}`),
  ];
}

function downLines({ outcome, diff, failure, reason }: DownProof, paint: Paint): string[] {
  const [text, colour] = DOWNS[outcome];
  return [
    `     ${paint(colour, `Down: ${text}`)}${reason === null ? '' : `: ${reason}`}`,
    ...failureLines({ failure, file: null }).map((line) => `  ${line}`),
    ...toWords(diff).map((sentence) => `       it ${sentence}`),
  ];
}

const DOWNS: Readonly<Record<DownProof['outcome'], readonly [text: string, colour: Colour]>> = {
  proven: ['brings back the same schema', 'green'],
  different: ['does not bring back the same schema. After Up and Down', 'yellow'],
  failed: ['fails', 'red'],
  irreversible: ['there is none', 'dim'],
  'not rehearsed': ['not rehearsed', 'dim'],
};
