// What `--json` prints of a rehearsal; docs/json.md has it all.
import type { DownProof, Rehearsal, RehearsedStatement, RehearsedStep } from '../engine/index.ts';
import { failureJson } from './json.ts';
import { diffJson } from './schema-json.ts';

export function rehearsalJson({ direction, fingerprint, at, tookMs, outcome, ...rest }: Rehearsal): object {
  return {
    direction,
    fingerprint,
    at,
    tookMs,
    outcome,
    steps: rest.steps.map(stepJson),
    remains: rest.remains,
  };
}

function stepJson(step: RehearsedStep): object {
  const { version, name, checksum, outcome, reason, tookMs, lockedBefore } = step;
  return {
    version,
    name,
    checksum,
    outcome,
    reason,
    tookMs,
    statements: step.statements.map(statementJson),
    failure: step.failure === null ? null : failureJson(step.failure),
    schema: step.diff === null ? null : diffJson(step.diff),
    down: step.down === null ? null : downJson(step.down),
    lockedBefore,
  };
}

function statementJson(statement: RehearsedStatement): object {
  const { position, line, kind, object, tookMs, rows, sequences, notices } = statement;
  const { locks, rewritten, scanned, indexes, changed } = statement;
  return {
    position,
    line,
    kind,
    object,
    tookMs,
    rows,
    locks: locks.map(({ relation, mode, blocks, heldMs }) => ({ relation, mode, blocks, heldMs })),
    rewritten,
    scanned: scanned.map((scan) => ({ table: scan.table, rows: scan.rows })),
    indexes: indexes.map(({ index, table }) => ({ index, table })),
    changed: changed.map(({ table, inserted, updated, deleted }) => ({ table, inserted, updated, deleted })),
    sequences,
    notices,
  };
}

function downJson({ outcome, reason, failure, diff }: DownProof): object {
  return {
    outcome,
    reason,
    failure: failure === null ? null : failureJson(failure),
    schema: diffJson(diff),
  };
}
