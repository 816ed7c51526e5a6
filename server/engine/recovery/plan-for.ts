import { GanderError } from '../errors.ts';
import { halfBuiltOf, refuseHalfBuilt } from '../half-built.ts';
import type { Way } from '../journal/index.ts';
import { isReversible, type Migration, sectionOf } from '../migration.ts';
import type { EngineOptions } from '../options.ts';
import { type Plan, readable, title } from '../plan.ts';
import { readStored } from '../planning.ts';
import type { Client } from '../postgres.ts';
import type { Repair } from '../probes/probe.ts';
import {
  type Beginning,
  directionOf,
  planToRecord,
  planToRepair,
  planToRun,
  planToUndo,
  requireNoneLost,
  requireSameStart,
} from '../resolution.ts';
import type { MigrationState, State } from '../state.ts';
import { requireAgreement } from './agreement.ts';
import type { Investigation } from './findings.ts';
import { startOf } from './start.ts';

/** What was found, and what a person has decided about it. */
interface Choice extends Investigation {
  readonly options: EngineOptions;
  readonly client: Client;
  readonly state: State;
  readonly dirty: MigrationState;
  readonly from?: number | undefined;
  readonly repair?: Repair['how'] | undefined;
  readonly overrule?: readonly number[] | undefined;
}

/** The plan for each way out of dirty. Each throws GanderError when that way is not open. */
export const planFor: Readonly<Record<Way, (choice: Choice) => Promise<Plan>>> = {
  async applied(choice) {
    await requireWhole(choice, 0);
    requireAgreement(choice.findings, 'applied', choice.overrule);
    return planToRecord(choice.state, choice.dirty, 'applied', choice.ran);
  },
  async 'not applied'({ findings, overrule, state, dirty, ran }) {
    requireAgreement(findings, 'not applied', overrule);
    return planToRecord(state, dirty, 'not applied', ran);
  },
  async retry(choice) {
    await requireWhole(choice, 0);
    requireAgreement(choice.findings, 'retry', choice.overrule);
    return planToRun(choice.state, choice.dirty, beginning(choice, await migrationOf(choice), 0));
  },
  async resume(choice) {
    const migration = await migrationOf(choice);
    const start = startIn(choice, migration);
    await requireWhole(choice, start);
    return planToRun(choice.state, choice.dirty, beginning(choice, migration, start));
  },
  async down({ state, dirty, ran }) {
    return planToUndo(state, dirty, reversible(dirty, dirty.migration ?? ran ?? readable(dirty)));
  },
  async repair(choice) {
    const { repair, from } = wayToRepair(choice);
    const next = from === null ? null : beginning(choice, await migrationOf(choice), from - 1);
    return planToRepair(choice.state, choice.dirty, repair, next);
  },
};

/**
 * What earlier runs have left stays in the record, as far as it is still there, the file still says the same, and nobody
 * meant it to be done again.
 */
function beginning(
  { findings, dirty, overrule = [] }: Choice,
  migration: Migration,
  from: number,
): Beginning {
  const now = sectionOf(migration.script, directionOf(dirty)).statements;
  const left = findings.statements.flatMap(({ number, text, standing }) => {
    const state = standing === 'in' ? 'earlier' : standing === 'unknown' ? 'running' : null;
    return state === null || overrule.includes(number) || now[number - 1]?.text !== text
      ? []
      : [[number - 1, state] as const];
  });
  return { migration, from, left: new Map(left) };
}

/** An invalid index is neither what was to be made nor out of the way of making it. */
async function requireWhole({ client, dirty }: Choice, start: number): Promise<void> {
  if (dirty.migration === null) return;
  const { statements } = sectionOf(dirty.migration.script, directionOf(dirty));
  refuseHalfBuilt(await halfBuiltOf(client, statements.slice(start)), 'before');
}

/** The file's; of a rollback also what was stored when it was applied, or when it was begun. */
async function migrationOf({ options, client, state, dirty, ran }: Choice): Promise<Migration> {
  if (dirty.migration !== null) return dirty.migration;
  if (directionOf(dirty) === 'up') throw dirty.problem ?? fileGone(dirty);
  const stored = (await readStored(options.source, client, state)).get(dirty.version) ?? ran;
  if (stored instanceof GanderError) throw stored;
  return stored ?? readable(dirty);
}

/** @throws GanderError `invalid_request`, `changed` */
function startIn({ dirty, findings, ran, from: asked }: Choice, migration: Migration): number {
  if (migration.script.module !== null) throw noMiddle(dirty);
  if (findings.of === 'nothing' || (ran === null && asked === undefined)) throw nothingRecorded(dirty);
  if (migration.script.transaction) throw nothingToResume(dirty);
  const start = startOf(findings, asked);
  const direction = directionOf(dirty);
  requireNoneLost(migration, sectionOf(migration.script, direction).statements, start);
  const notDone = findings.statements.findIndex(({ recorded }) => recorded !== 'done');
  const done = notDone < 0 ? findings.statements.length : notDone;
  if (ran !== null) requireSameStart(ran, migration, direction, Math.min(start, done));
  return start;
}

function wayToRepair({ findings, repair: how, dirty }: Choice): { repair: Repair; from: number | null } {
  const ways = findings.ways.flatMap(({ repair, from }) => (repair === null ? [] : [{ repair, from }]));
  const fitting = how === undefined ? ways : ways.filter(({ repair }) => repair.how === how);
  const [first] = fitting;
  if (first !== undefined && (how !== undefined || fitting.length === 1)) return first;
  throw new GanderError(
    'invalid_request',
    first === undefined
      ? `There is nothing like that to set right in what ${title(dirty)} has left.`
      : 'There is more than one way to set it right.',
    {
      next:
        ways.length === 0
          ? 'See what was found: gander resolve, without a flag.'
          : `One of: ${ways.map(({ repair }) => repair.how).join(', ')}.`,
    },
  );
}

function reversible(dirty: MigrationState, migration: Migration): Migration {
  if (directionOf(dirty) === 'down') {
    throw new GanderError('invalid_request', `It is the Down of ${title(dirty)} that failed.`, {
      next: 'Say --resume or --retry.',
    });
  }
  if (isReversible(migration.script)) return migration;
  throw new GanderError('irreversible', `${title(dirty)} is irreversible: it has no Down.`, {
    next: 'Undo by hand what it has done, then say --not-applied.',
  });
}

function fileGone(dirty: MigrationState): GanderError {
  return new GanderError('file_missing', `The file of ${title(dirty)} is gone.`, {
    next: 'Put it back into the folder; or undo what it has done, and say --not-applied.',
  });
}

function nothingRecorded(dirty: MigrationState): GanderError {
  return new GanderError('invalid_request', `There is no record of how far ${title(dirty)} came.`, {
    next: 'See what is in the database, then say --applied or --not-applied; or which statement to go on with: --from.',
  });
}

function noMiddle(dirty: MigrationState): GanderError {
  return new GanderError(
    'invalid_request',
    `${title(dirty)} is JavaScript: nobody can go on in the middle of it.`,
    { next: 'Make it bear being run again, and say --retry; or finish it by hand, and say --applied.' },
  );
}

function nothingToResume(dirty: MigrationState): GanderError {
  return new GanderError(
    'invalid_request',
    `${title(dirty)} runs in a transaction: there is no half of it to go on from.`,
    { next: 'Say --retry, or apply it again.' },
  );
}
