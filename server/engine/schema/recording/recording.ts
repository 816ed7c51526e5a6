import type { Plan } from '../../plan.ts';
import { messageOf } from '../../errors.ts';
import type { Client } from '../../postgres.ts';
import { tablesOfKeys } from './histories.ts';
import { noRecording } from './no-recording.ts';
import { type Recorder, recordEverything, recorderFor, type RecordOf } from './record-sql.ts';

/** `each`: whatever runs. `auto`: that, but not the many of a large run. `off`: nothing. */
export type SchemaChanges = 'each' | 'auto' | 'off';

/**
 * As many migrations of one run are recorded, unless all are asked for. It takes some milliseconds for each, more than a small
 * one takes to run; whoever runs many begins a new database, and wants that to be quick.
 */
const MANY = 20;

/** What records, in a run, how each of its migrations changes the schema. */
export interface Recording {
  /** SQL for the transaction that a migration's own record is written in; a statement each. */
  rowsFor(
    done: Pick<RecordOf, 'version' | 'direction'>,
    look: 'own changes' | 'everything',
  ): readonly string[];
}

interface Facts {
  server: number;
  histories: string[];
  recorders: string[];
}

/**
 * Begins to record: what has become of the schema since the last record is written down as nobody's. In two round trips, three
 * for the first time in a database.
 *
 * @param complain told why nothing will be recorded
 */
export async function beginRecording(
  client: Client,
  run: { readonly id: string; readonly historyTable: string; readonly plan: Plan },
  changes: Exclude<SchemaChanges, 'off'>,
  complain: (why: string) => void,
): Promise<Recording> {
  const { steps } = run.plan;
  if (changes === 'auto' && steps.length > MANY) return noRecording;
  const { rows } = await client.query<Facts>(FACTS);
  const { server, histories, recorders } = rows[0]!;
  const of: RecordOf = {
    historyTable: run.historyTable,
    runId: run.id,
    histories: tablesOfKeys([...histories, run.historyTable]),
    version: null,
    direction: null,
  };
  const recorder = recorderFor(server);
  try {
    if (!recorders.includes(recorder.name)) await client.query(recorder.make);
    // What an earlier run has left behind of it half done is its own.
    const goesOn = steps[0]?.flagged === 'partial' || steps[0]?.flagged === 'in doubt';
    if (!goesOn) await recordRest(client, server, recorder, of);
    return recordingEach(server, of, recorder);
  } catch (error) {
    complain(messageOf(error));
    return noRecording;
  }
}

const FACTS = `
  SELECT current_setting('server_version_num')::int AS server, ARRAY(SELECT DISTINCT history_table FROM gander.runs) AS histories,
         ARRAY(SELECT proname::text FROM pg_proc WHERE pronamespace = 'gander'::regnamespace AND proname LIKE 'record%') AS recorders`;

/** @throws Error with the reason why it cannot be known */
async function recordRest(client: Client, server: number, recorder: Recorder, of: RecordOf): Promise<void> {
  const rest = await client.query<{ done: boolean }>(recorder.call(of, 'since then'));
  if (!rest.rows[0]!.done) await client.query(recordEverything(server, of));
  const { rows } = await client.query<{ problem: string | null }>(
    'SELECT max(problem) AS problem FROM gander.schema_changes WHERE run_id = $1',
    [of.runId],
  );
  if (rows[0]!.problem !== null) throw new Error(rows[0]!.problem);
}

function recordingEach(server: number, of: RecordOf, recorder: Recorder): Recording {
  return {
    rowsFor: (done, reach) => {
      const record = { ...of, ...done };
      return [reach === 'everything' ? recordEverything(server, record) : recorder.call(record, reach)];
    },
  };
}
