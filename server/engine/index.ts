// The engine's door: all that pages, commands and other people's services may use.

export type { Advised } from './advise.ts';
export { type Finding, SEVERITIES, type Severity } from './advice/finding.ts';
export type { Activity, Holder, LockWait, Progress } from './activity.ts';
export type { SessionId, Urgency } from './cancel.ts';
export {
  type Amount,
  costsNothing,
  type Counted,
  type Dependent,
  gravityOf,
  type Loss,
  type RollbackCost,
  type StepCost,
  type Untold,
} from './cost/cost.ts';
export { amountText, dependentsText, lossText } from './cost/words.ts';
export { createMigration, type NewMigration } from './create.ts';
export { messageOf } from './errors.ts';
export { type ErrorCode, GanderError } from './errors.ts';
export type { RunEvent, RunResult, StepResult } from './events.ts';
export { type ComparedLine, compareTexts } from './file-diff/compare.ts';
export { compareWithin, type Part } from './file-diff/within.ts';
export { fixFolder, type Renaming } from './fix.ts';
export type { HistoryFormat } from './history/index.ts';
export type {
  CurrentStep,
  DirtyKind,
  EndedSession,
  Failure,
  ResolutionRecord,
  RunAction,
  RunOfMigration,
  RunPages,
  RunRecord,
  RunState,
  RunStep,
  RunSummary,
  ShownStatement,
  ShownStep,
  StatementRecord,
  StatementsPage,
  StepState,
  Way,
} from './journal/index.ts';
export { pageOf } from './journal/run-pages.ts';
export { lintFolder, type LintRequest, type LintResult, type RuleInfo } from './lint-folder.ts';
export { describeHolder, type LockHolder } from './lock.ts';
export type { Direction, Migration, Place, Section, Statement, Warning } from './migration.ts';
export { isReversible, type MigrationClient } from './migration.ts';
export { Migrator, type MigratorOptions } from './migrator.ts';
export { redoUnversioned, runUnversioned } from './no-versioning.ts';
export type { DownRequest, Patience, Policy, RunRequest, UpRequest } from './options.ts';
export { prepareOwnTables } from './own-tables.ts';
export { ask, type Pool } from './postgres.ts';
export { type Consent, type Plan, type PlanRequest, requireConsent, type Step, title } from './plan.ts';
export type { Repair, Verdict } from './probes/index.ts';
export type {
  Again,
  Difference,
  Findings,
  Need,
  Outcome,
  Position,
  Recorded,
  Standing,
  StatementFinding,
  WayOut,
} from './recovery/finding.ts';
export type { StateAndFindings } from './recovery/findings.ts';
export { nameOf } from './recovery/agreement.ts';
export { listOf } from './recovery/numbers.ts';
export { type Fold, folded } from './recovery/folded.ts';
export type { RedoResult } from './redo.ts';
export type {
  Blocks,
  DownProof,
  Rehearsal,
  RehearsedStatement,
  RehearsedStep,
  TakenLock,
} from './rehearsal/rehearsal.ts';
export type { RehearsalRequest } from './rehearsal/rehearse.ts';
export type { Resolution } from './resolution.ts';
export type { ResolveRequest } from './resolve.ts';
export { MigrationFailed, RunStopped } from './run-stopped.ts';
export type { Listing } from './listing.ts';
export type { Blamed } from './schema/diff/blame.ts';
export type { Line } from './schema/diff/lines.ts';
export { type Change, diffSchemas, type SchemaDiff, subjectOf } from './schema/diff/diff.ts';
export { type Column, type KindName, type SchemaObject, textOf, titleOf } from './schema/diff/object.ts';
export { type Hunk, hunks, toUnified } from './schema/diff/unified.ts';
export { toWords } from './schema/diff/words.ts';
export type { SchemaChanges } from './schema/recording/recording.ts';
export type { ChangeRecord } from './schema/records.ts';
export { type RecordedChange, type RecordedSchema, Schemas } from './schema/schemas.ts';
export { type Env, folder, type Source } from './source.ts';
export { describe } from './sql/describe.ts';
export { indentOf, tellStory } from './story.ts';
export { excerpt, type ExcerptLine } from './sql/position.ts';
export type { DirtyState, FileState, MigrationState, MigrationStateName, State } from './state.ts';
