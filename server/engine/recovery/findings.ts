import { createHash } from 'node:crypto';
import { GanderError } from '../errors.ts';
import type { StepProgress } from '../journal/index.ts';
import { type Direction, type Migration, sectionOf } from '../migration.ts';
import { observe } from '../observe.ts';
import type { EngineOptions } from '../options.ts';
import { type Client, withClient } from '../postgres.ts';
import { isSame, requireDirty, requireNoneLost } from '../resolution.ts';
import type { MigrationState, State } from '../state.ts';
import { describe } from '../sql/describe.ts';
import { endingOf, sourceOf } from './account.ts';
import { conclude } from './conclusion.ts';
import type { Facts, Findings, Outcome, StatementFinding } from './finding.ts';
import { inspect } from './inspect.ts';
import { positionOf } from './position.ts';
import { recordedOf } from './recorded.ts';
import { recordedInFile, type Text, textInQuestion } from './texts.ts';
import { type Ground, waysOut } from './ways-out.ts';

/** See `Migrator.findings`. */
export async function findingsOf(options: EngineOptions, version: bigint): Promise<Findings> {
  return withClient(options.pool, async (client) => {
    const state = await observe(options, client, 'read');
    return (await investigate(options, client, state, requireDirty(state, version))).findings;
  });
}

/** See `Migrator.stateAndFindings`. */
export async function stateAndFindings(options: EngineOptions, version: bigint): Promise<StateAndFindings> {
  return withClient(options.pool, async (client) => {
    const state = await observe(options, client, 'read');
    const dirty = state.migrations.find((one) => one.version === version && one.dirty !== null);
    const found = dirty === undefined ? null : await investigate(options, client, state, dirty);
    return { state, findings: found?.findings ?? null };
  });
}

/** What is dirty, and the state it was found in, read at the same moment. */
export interface StateAndFindings {
  readonly state: State;
  /** null when it is not dirty, or nobody knows it. */
  readonly findings: Findings | null;
}

/** The findings, and the texts they go by. */
export interface Investigation {
  readonly findings: Findings;
  /** What ran; null where nobody wrote it down, or it cannot be read any more. */
  readonly ran: Migration | null;
  readonly progress: StepProgress | null;
}

/** Looks into journal and catalogs for what a dirty migration has left behind. Writes nothing. */
export async function investigate(
  options: EngineOptions,
  client: Client,
  state: State,
  dirty: MigrationState,
): Promise<Investigation> {
  const flag = dirty.dirty!;
  const { direction } = flag;
  const { version, name, file, migration: now } = dirty;
  const progress = flag.runId === null ? null : await state.journal.progressOf(client, version);
  const { known, subject } = await textsOf(options, dirty, progress);
  const ran = known?.migration ?? null;
  const statements = subject === null ? [] : await inspect(client, subject, direction);
  const facts: Facts = {
    direction,
    kind: flag.kind,
    transaction: (ran ?? now)?.script.transaction ?? null,
    isModule: (subject?.migration.script.module ?? null) !== null,
    statements,
    position: positionOf(statements),
  };
  const isEdited = known !== null && subject === known && now !== null;
  const inFile = isEdited
    ? await inspect(client, recordedInFile(known, now, direction), direction)
    : statements;
  const other = now ?? ran;
  const opposite = other === null ? [] : await inspectOther(client, other, direction);
  const about = {
    outcomes: known === null ? [] : outcomesOf(known, direction),
    of: subject === null ? 'nothing' : subject.migration === now ? 'the file' : 'what ran',
    text: (ran ?? now)?.text ?? null,
  } as const;
  const found = {
    ...facts,
    ...about,
    version,
    name,
    file,
    dirty: flag,
    ending: endingOf(facts, dirty),
    source: sourceOf(about, dirty),
    conclusion: conclude(facts),
    ways: waysOut(
      groundOf(dirty, facts, ran, {
        inFile,
        down: direction === 'up' ? opposite : [],
        up: direction === 'down' ? opposite : [],
      }),
    ),
  } as const;
  return { findings: { ...found, fingerprint: fingerprintOf(found, now) }, ran, progress };
}

interface Texts {
  /** What ran; null where nobody wrote it down, or it cannot be read any more. */
  readonly known: Text | null;
  /** What is looked for; null where there is nothing to go by. */
  readonly subject: Text | null;
}

async function textsOf(
  { source }: EngineOptions,
  dirty: MigrationState,
  progress: StepProgress | null,
): Promise<Texts> {
  const { version, name, file, migration: now } = dirty;
  const ran =
    progress === null
      ? null
      : await source.parse({ version, name, file: file ?? `${version}.sql` }, progress.sql);
  if (ran === null || !('script' in ran))
    return { known: null, subject: now === null ? null : textOf(now, dirty, null) };
  const known = textOf(ran, dirty, progress);
  return { known, subject: textInQuestion(known, now, dirty.dirty!.direction) };
}

/** @param progress null where it is not known how far it came */
function textOf(migration: Migration, { dirty }: MigrationState, progress: StepProgress | null): Text {
  const { script } = migration;
  const { direction, kind } = dirty!;
  const count = sectionOf(script, direction).statements.length;
  const { transaction } = script;
  return { migration, recorded: recordedOf(progress, count, { transaction, kind }), transaction };
}

function outcomesOf({ migration, recorded }: Text, direction: Direction): Outcome[] {
  return sectionOf(migration.script, direction).statements.map((statement, at) => ({
    number: at + 1,
    line: statement.line,
    does: describe(statement),
    recorded: recorded[at]!,
  }));
}

/** The section that did not fail: what its Down would come to, or what its Up has made. */
async function inspectOther(
  client: Client,
  migration: Migration,
  failed: Direction,
): Promise<StatementFinding[]> {
  const { script } = migration;
  const direction = failed === 'up' ? 'down' : 'up';
  const recorded = sectionOf(script, direction).statements.map(() => 'unknown' as const);
  return inspect(client, { migration, recorded, transaction: script.transaction }, direction);
}

function groundOf(
  dirty: MigrationState,
  facts: Facts,
  ran: Migration | null,
  others: Pick<Ground, 'inFile' | 'down' | 'up'>,
): Ground {
  const now = dirty.migration;
  return {
    ...facts,
    runsInTransaction: (now ?? ran)?.script.transaction ?? facts.transaction,
    notRunnable: notRunnable(dirty, ran),
    notResumable: notResumable(facts, now ?? ran),
    edited: editedIn(facts, ran, now),
    ...others,
  };
}

/** Going down, what was stored when it ran serves as well. */
function notRunnable({ migration, problem, dirty }: MigrationState, ran: Migration | null): string | null {
  if (migration !== null || (dirty?.direction === 'down' && ran !== null)) return null;
  return problem === null
    ? 'Its file is gone from the folder: put it back.'
    : `Its file cannot be run as it is: ${problem.message}`;
}

function notResumable(
  { isModule, direction, position, statements }: Facts,
  migration: Migration | null,
): string | null {
  if (isModule) return 'It is JavaScript: nobody can go on in the middle of it.';
  if (migration?.script.transaction === true)
    return 'It runs in a transaction: there is no half of it to go on from.';
  if (migration === null || position.at === 'tangled') return null;
  try {
    requireNoneLost(
      migration,
      sectionOf(migration.script, direction).statements,
      Math.min(position.from + 1, statements.length),
    );
    return null;
  } catch (error) {
    if (error instanceof GanderError) return error.message;
    throw error;
  }
}

const MAY_BE_DONE: ReadonlySet<string> = new Set(['in', 'half', 'unknown']);

/** The first statement that is done and that the file has otherwise now, from 1. */
function editedIn(
  { direction, statements }: Facts,
  ran: Migration | null,
  now: Migration | null,
): number | null {
  if (ran === null || now === null) return null;
  const [before, after] = [ran, now].map(({ script }) => sectionOf(script, direction).statements);
  const edited = statements.find(
    ({ number, standing }) => MAY_BE_DONE.has(standing) && !isSame(before?.[number - 1], after?.[number - 1]),
  );
  return edited?.number ?? null;
}

function fingerprintOf(found: Omit<Findings, 'fingerprint'>, now: Migration | null): string {
  const { version, dirty, statements, ways } = found;
  const seen = [
    version.toString(),
    dirty.runId,
    dirty.kind,
    dirty.direction,
    dirty.since?.getTime(),
    now?.checksum,
    statements.map(({ recorded, verdict, found: words }) => [recorded, verdict, words]),
    ways.map(({ way, from, label, overrules }) => [way, from, label, overrules]),
  ];
  return createHash('sha256').update(JSON.stringify(seen)).digest('hex').slice(0, 32);
}
