import type { RunResult } from './events.ts';
import type { History, HistoryRecord } from './history/index.ts';
import { noJournal } from './journal/index.ts';
import type { EngineOptions, RunRequest } from './options.ts';
import { makePlan, type Plan, planOf, type PlanRequest } from './plan.ts';
import type { Decision } from './planning.ts';
import type { RedoResult } from './redo.ts';
import { runLocked, withLockedSession } from './run-locked.ts';
import { MigrationFailed } from './run-stopped.ts';
import type { Contents } from './source.ts';
import { combine, currentOf, type State } from './state.ts';

type Options = Omit<EngineOptions, 'table' | 'tableFormat' | 'journal' | 'prepare' | 'changed' | 'newer'>;

/**
 * Runs files without a history, as `goose -no-versioning` does for seeds: nobody is asked what has been run before, and
 * nothing is written down of it, neither in a history nor in the journal. The lock is taken all the same.
 *
 * Up runs all files in order, or those up to `to`, or the first `steps`. Down runs the Down of all files, newest first, or
 * of those above `to`, or of the newest `steps` (default: one). A file without a Down runs nothing then.
 *
 * @returns `current`: the version of the file that the folder stands at afterwards; without steps when it is empty
 * @throws MigrationFailed, or GanderError as `Migrator.up` and `down`
 */
export async function runUnversioned(
  options: Options,
  request: PlanRequest & RunRequest,
): Promise<RunResult> {
  return run(options, request, request.direction === 'down' ? 'all' : 'none');
}

/** Runs the newest file's Down, and then its Up. */
export async function redoUnversioned(options: Options, request: RunRequest): Promise<RedoResult> {
  const down = await run(options, { ...request, direction: 'down' }, 'all');
  const up = await run(options, { ...request, direction: 'up' }, 'all but the newest');
  return { down, up };
}

/** What is taken for applied: the plan is made as if a history said so. */
type Pretence = 'all' | 'none' | 'all but the newest';

async function run(
  options: Options,
  request: PlanRequest & RunRequest,
  pretence: Pretence,
): Promise<RunResult> {
  let plan: Plan | null = null;
  const decide = async (): Promise<Decision> => {
    const state = pretend(await options.source.read(), pretence);
    plan = withoutForgetting(state, makePlan(state, request));
    return { state, plan };
  };
  try {
    return await withLockedSession(options, request, (session) =>
      runLocked(options, { ...request, fingerprint: undefined }, session, decide),
    );
  } catch (error) {
    throw error instanceof MigrationFailed && plan !== null ? withoutResolve(error, plan) : error;
  }
}

function pretend(contents: Contents, pretence: Pretence): State {
  const versions = [...contents.migrations, ...contents.invalid].map(({ version }) => version);
  const newest = versions.reduce((largest, version) => (version > largest ? version : largest), 0n);
  const applied = versions.filter(
    (version) => pretence === 'all' || (pretence !== 'none' && version !== newest),
  );
  const records = applied.map((version): HistoryRecord => ({ version, dirty: false, at: null, id: '' }));
  const migrations = combine(
    contents,
    records,
    { applied: new Map(), dirty: new Map() },
    {
      format: noHistory.format,
      running: null,
    },
  );
  return {
    database: '',
    history: noHistory,
    historyExists: true,
    journal: noJournal,
    lock: null,
    running: null,
    interrupted: null,
    migrations,
    current: currentOf(migrations),
    problems: contents.problems,
    warnings: contents.warnings,
  };
}

/** Nothing is remembered, so there is nothing to forget: an empty Down is run as it is. */
function withoutForgetting(state: State, { direction, steps, to }: Plan): Plan {
  return planOf(
    state,
    direction,
    steps.map((step) => ({ ...step, action: 'run' })),
    to ?? undefined,
  );
}

/** There is no flag, and so nothing to resolve: who ran it has to see for himself. */
function withoutResolve(error: MigrationFailed, { steps }: Plan): MigrationFailed {
  const failed = error.run.steps.find(({ outcome }) => outcome === 'failed');
  const script = steps.find(({ version }) => version === failed?.version)?.migration?.script;
  const isUndone = script?.transaction === true && failed?.failure?.sqlstate != null;
  if (isUndone) return error;
  const { message, cause, file, place } = error;
  const next = 'See what of it is in the database before you run it again: there is no record of it.';
  const where = { ...(file === null ? {} : { file }), ...(place === null ? {} : { place }) };
  return new MigrationFailed(message, { cause, next, ...where }, error.run, error.excerpt);
}

/** A history that keeps nothing: where a row would be written, a statement stands that does nothing. */
const noHistory: History = {
  format: 'gander',
  table: { schema: '', name: '' },
  create: async () => {},
  read: async () => [],
  digest: async () => ({ versions: '', dirty: false, largest: null }),
  newestId: () => `''`,
  markApplied: () => 'SELECT',
  markDirty: () => '',
  clearDirty: () => '',
  remove: () => 'SELECT',
};
