import { failureOf } from './failure.ts';
import type { StatementRecord } from './journal/index.ts';
import type { Repair } from './probes/probe.ts';
import type { Session, Spoilt, Work } from './session.ts';
import { kindOf } from './sql/kind.ts';
import { StepFailure } from './step-failure.ts';

/**
 * Sets right what a dirty migration has left half done. Each statement commits by itself, and its beginning is in the
 * journal before it is sent. The migration stays dirty: what comes of this, the next look tells.
 *
 * @throws StepFailure when one of them fails
 */
export async function setRight(session: Session, work: Work, { sql }: Repair): Promise<Spoilt> {
  for (const [position, text] of sql.entries()) {
    const record = recordOf(text, position);
    note(session, work, sql.length, record);
    await work.notebook.flush();
    const started = performance.now();
    try {
      await session.client.query(text);
    } catch (error) {
      note(session, work, sql.length, { ...record, state: 'failed' });
      throw new StepFailure('partial', failureOf(error, null, null), error);
    }
    note(session, work, sql.length, { ...record, state: 'done', tookMs: performance.now() - started });
  }
  return null;
}

/** It stands in no file, so it has no line. */
function recordOf(sql: string, position: number): StatementRecord {
  const { kind, object } = kindOf(sql);
  return {
    position,
    count: 1,
    line: 0,
    kind,
    object,
    state: 'running',
    tookMs: null,
    rowCount: null,
    notices: [],
  };
}

function note(
  { emit }: Session,
  { notebook, position, step }: Work,
  of: number,
  record: StatementRecord,
): void {
  notebook.statement(position, record);
  emit({ type: 'statement', step, record, of });
}
