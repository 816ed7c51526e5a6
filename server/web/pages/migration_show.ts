import { describe, type MigrationState, type RunOfMigration, type State, title } from '../../engine/index.ts';
import { WebError } from '../errors.ts';
import { failureView } from '../failure-view.ts';
import { moment, took } from '../format.ts';
import { sqlLines, sqlSections } from '../sql-view.ts';
import type { Answer, Page } from '../visit.ts';
import { type RunRow, runRow } from './run_list.ts';

const RUNS = 10;

/** GET /migrations/:version */
export const showMigration: Page = async (visit, { migrator }): Promise<Answer> => {
  const version = visit.params['version'] ?? '';
  const state = await migrator.status();
  const one = state.migrations.find((migration) => String(migration.version) === version);
  if (one === undefined) {
    throw new WebError(
      404,
      `There is no migration ${version.slice(0, 40)}, neither in the folder nor in the history.`,
    );
  }
  const runs = await migrator.runsOf(one.version, RUNS);
  return { view: 'migration', title: title(one), state, model: model(one, runs, previousOf(state, one)) };
};

function model(one: MigrationState, runs: readonly RunOfMigration[], previous: bigint): object {
  const { migration, applied, dirty, problem, text } = one;
  return {
    version: String(one.version),
    name: one.name,
    file: one.file,
    state: one.state,
    fileState: one.fileState,
    does: migration === null ? [] : migration.script.up.statements.map(describe),
    sections: migration === null ? null : sqlSections(migration),
    raw: migration === null && text !== null ? sqlLines(text, `raw ${one.version} ${text.length}`) : null,
    problem: problem === null ? null : { where: problem.where, message: problem.message, next: problem.next },
    dirty:
      dirty === null
        ? null
        : { kind: dirty.kind, direction: dirty.direction, since: moment(dirty.since), runId: dirty.runId },
    failure: dirty?.failure ? failureView(dirty.failure, text, one.file) : null,
    transaction: migration?.script.transaction ?? true,
    checksum: migration?.checksum ?? applied?.checksum ?? null,
    bytes: text === null ? null : Buffer.byteLength(text).toLocaleString('en'),
    appliedAt: moment(one.appliedAt),
    by: applied?.actor ?? (one.appliedAt === null ? null : 'outside Gander'),
    took: applied === null ? null : took(applied.tookMs),
    actions: actionsOf(one, previous),
    warnings: migration?.script.warnings.map(({ line, message }) => ({ line, message })) ?? [],
    runs: runs.map(ownRow),
  };
}

/** A run that failed later on has still applied this one: what counts here is its own step. */
function ownRow(run: RunOfMigration): RunRow {
  const died = run.state === 'interrupted' && run.stepState === 'running';
  return { ...runRow(run), state: died ? 'interrupted' : run.stepState };
}

/** The version below this one; 0 below the first. */
function previousOf({ migrations }: State, { version }: MigrationState): bigint {
  return migrations.findLast((other) => other.version < version)?.version ?? 0n;
}

interface Action {
  readonly label: string;
  readonly href: string;
}

/** What can be done from here: each leads to a plan, never straight to a run. */
function actionsOf({ state, dirty, version, fileState }: MigrationState, previous: bigint): Action[] {
  const apply = { label: 'Preview applying up to here', href: `/plan?direction=up&to=${version}` };
  const rollBack = { label: 'Preview rolling back to here', href: `/plan?direction=down&to=${version}` };
  if (dirty?.kind === 'rolled back') {
    return dirty.direction === 'up'
      ? [{ ...apply, label: 'Preview trying again' }]
      : [{ label: 'Preview the rollback again', href: `/plan?direction=down&to=${previous}` }];
  }
  if (state === 'pending' && fileState !== 'invalid') return [apply];
  return state === 'applied' ? [rollBack] : [];
}
