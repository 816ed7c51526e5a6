import type { Direction } from '../migration.ts';
import type { Applied, Dirty, DirtyKind, Failure, OpenRun } from './journal.ts';

export interface AppliedRow {
  version: string;
  name: string;
  file: string;
  checksum: string;
  run_id: string;
  actor: string;
  took_ms: number | null;
  history_id: string;
  at: number;
}

export interface DirtyRow {
  version: string;
  name: string;
  kind: DirtyKind;
  direction: Direction;
  run_id: string;
  failure: Partial<Failure> | null;
  since: number;
}

export interface OpenRow {
  id: string;
  pid: number;
  version: string | null;
  atWork: boolean;
}

export function toApplied(row: AppliedRow): Applied {
  const { version, name, file, checksum, actor } = row;
  return {
    version: BigInt(version),
    name,
    file,
    checksum,
    actor,
    runId: row.run_id,
    at: new Date(row.at),
    tookMs: row.took_ms,
    historyId: row.history_id,
  };
}

export function toDirty(row: DirtyRow): Dirty {
  return {
    version: BigInt(row.version),
    name: row.name,
    kind: row.kind,
    direction: row.direction,
    runId: row.run_id,
    since: new Date(row.since),
    failure: toFailure(row.failure),
  };
}

export function toOpen(row: OpenRow): OpenRun {
  const { id, pid, version, atWork } = row;
  return { id, pid, atWork, version: version === null ? null : BigInt(version) };
}

/** Fills in what a failure written by SQL alone leaves out. */
export function toFailure(failure: Partial<Failure> | null): Failure | null {
  if (failure === null) return null;
  return {
    message: failure.message ?? '',
    detail: failure.detail ?? null,
    hint: failure.hint ?? null,
    sqlstate: failure.sqlstate ?? null,
    context: failure.context ?? null,
    statement: failure.statement ?? null,
    place: failure.place ?? null,
    exact: failure.exact ?? false,
  };
}
