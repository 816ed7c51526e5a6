import {
  describe,
  type Finding,
  isReversible,
  type MigrationState,
  type RecordedChange,
  type RunOfMigration,
  type State,
  title,
} from '../../engine/index.ts';
import { adviceOn, findingView, foldedText, sorted } from '../advice-view.ts';
import { WebError } from '../errors.ts';
import { failureView } from '../failure-view.ts';
import { moment, took } from '../format.ts';
import { count } from '../../words.ts';
import { changesView } from '../schema/changes-view.ts';
import { sqlSections, wholeText } from '../sql-view.ts';
import type { Answer, Page } from '../visit.ts';
import { type RunRow, runRow } from './run_list.ts';

const RUNS = 10;

/** GET /migrations/:version */
export const showMigration: Page = async (visit, { migrator, schemas }): Promise<Answer> => {
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
  const [advice, change] = await Promise.all([
    adviceOn(migrator, { state, version: one.version }),
    schemas.changeOf(one.version),
  ]);
  const shown = {
    ...model(one, runs, actionsOf(state, one)),
    ...adviceModel(one, advice ?? []),
    schema: recordedView(one, change),
  };
  return { view: 'migration', title: title(one), state, model: shown };
};

/** What is shown of a file: its two sections, or all of it where it has none. */
function textOf({ migration, text, checksum, file }: MigrationState): object {
  if (migration !== null && migration.script.module === null)
    return { sections: sqlSections(migration), raw: null, onlyForgotten: false };
  return {
    sections: null,
    raw: text === null ? null : wholeText(text, checksum ?? '', file),
    onlyForgotten: migration !== null && !isReversible(migration.script),
  };
}

/** What is remarked on its file is told besides. */
function adviceModel({ state }: MigrationState, advice: readonly Finding[]): object {
  const findings = advice.filter(({ rule }) => rule !== 'goose-differs');
  const { told, folded } = sorted(findings.map(findingView));
  return {
    advice: told,
    folded,
    foldedText: foldedText(folded),
    adviceIsOn: state === 'applied' ? 'down' : 'up',
  };
}

function model(one: MigrationState, runs: readonly RunOfMigration[], actions: readonly Action[]): object {
  const { migration, applied, dirty, problem, text } = one;
  return {
    version: String(one.version),
    name: one.name,
    file: one.file,
    state: one.state,
    fileState: one.fileState,
    does: migration === null ? [] : migration.script.up.statements.map(describe),
    ...textOf(one),
    isStoredUsed: one.file?.endsWith('.sql') !== false,
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
    actions,
    warnings: migration?.script.warnings.map(({ line, message }) => ({ line, message })) ?? [],
    runs: runs.map(ownRow),
  };
}

/** What it changed in the schema when it ran last; null when that is not recorded. */
function recordedView({ state }: MigrationState, change: RecordedChange | null): object | null {
  if (change === null) return null;
  const { version, at, problem, diff, runId } = change;
  return {
    at: moment(at),
    run: `/runs/${runId}`,
    state: `/schema/${version}`,
    isOver: state === 'pending',
    problem,
    changes: changesView(diff),
  };
}

/** A run that failed later on has still applied this one: what counts here is its own step. */
function ownRow(run: RunOfMigration): RunRow {
  const died = run.state === 'interrupted' && run.stepState === 'running';
  return { ...runRow(run), state: died ? 'interrupted' : run.stepState };
}

interface Action {
  readonly label: string;
  readonly href: string;
}

/** What can be done from here: each leads to a plan, never straight to a run. */
function actionsOf({ migrations }: State, one: MigrationState): Action[] {
  const { state, dirty, version, fileState } = one;
  const previous = migrations.findLast((other) => other.version < version)?.version ?? 0n;
  const after = migrations.filter((other) => other.state === 'applied' && other.version > version).length;
  const apply = `/plan?direction=up&to=${version}`;
  const rollBack = `/plan?direction=down&to=${previous}`;
  if (dirty?.kind === 'rolled back') {
    if (dirty.direction === 'down') return [{ label: 'Preview the rollback again', href: rollBack }];
    return fileState === 'missing' ? [] : [{ label: 'Preview trying again', href: apply }];
  }
  if (state === 'pending' && fileState !== 'invalid')
    return [{ label: 'Preview applying up to here', href: apply }];
  if (state !== 'applied') return [];
  if (after === 0) return [{ label: 'Preview rolling this back', href: rollBack }];
  return [
    {
      label: `Preview rolling back the ${count(after, 'migration')} after it`,
      href: `/plan?direction=down&to=${version}`,
    },
    { label: 'Preview rolling this back too', href: rollBack },
  ];
}
