import type { Plan } from '../../plan.ts';
import { type Client, together } from '../../postgres.ts';
import { tablesOfKeys } from './histories.ts';
import { noRecording } from './no-recording.ts';
import { type Recorder, recordEverything, recorderFor, type RecordOf } from './record-sql.ts';

/** `each`: every migration by itself. `auto`: that, but for the many of a large run all together. `off`: none. */
export type SchemaChanges = 'each' | 'auto' | 'off';

/**
 * Migrations of one run that are recorded by themselves unless all are asked for. It takes some milliseconds for each, as much
 * as a small one takes to run; whoever runs many begins a new database, and does not look at them one by one.
 */
const MANY = 100;

/** What records, in a run, how each of its migrations changes the schema. */
export interface Recording {
  /** SQL for the transaction that a migration's own record is written in; a statement each. */
  rowsFor(
    done: Pick<RecordOf, 'version' | 'direction'>,
    look: 'own changes' | 'everything',
  ): readonly string[];
  /** To be called on another connection when nothing more is run, whatever became of it. */
  end(client: Client, done: readonly bigint[]): Promise<void>;
}

interface Facts {
  server: number;
  histories: string[];
  recorders: string[];
}

/**
 * Begins to record: what has become of the schema since the last record is written down as nobody's. In two round trips; what
 * they take grows with the schema.
 *
 * @param complain told why nothing will be recorded
 */
export async function beginRecording(
  client: Client,
  run: { readonly id: string; readonly historyTable: string; readonly plan: Plan },
  changes: SchemaChanges,
  complain: (why: string) => void,
): Promise<Recording> {
  const { rows } = await client.query<Facts>(FACTS);
  const { server, histories, recorders } = rows[0]!;
  const { direction, steps } = run.plan;
  const of: RecordOf = {
    historyTable: run.historyTable,
    runId: run.id,
    histories: tablesOfKeys([...histories, run.historyTable]),
    version: null,
    direction: null,
    migrations: 0,
  };
  const isAtOnce = changes === 'auto' && steps.length > MANY;
  const recorder = recorderFor(server);
  const isMissing = !isAtOnce && !recorders.includes(recorder.name);
  const problem = await begin(client, of, {
    // What an earlier run has left behind of it half done is its own.
    goesOn: steps[0]?.flagged === 'partial' || steps[0]?.flagged === 'in doubt',
    server,
    make: isMissing ? recorder.make : null,
  });
  if (problem !== null) {
    complain(problem);
    return noRecording;
  }
  return isAtOnce ? recordingAtEnd(server, { ...of, direction }) : recordingEach(server, of, recorder);
}

const FACTS = `
  SELECT current_setting('server_version_num')::int AS server, ARRAY(SELECT DISTINCT history_table FROM gander.runs) AS histories,
         ARRAY(SELECT proname::text FROM pg_proc WHERE pronamespace = 'gander'::regnamespace AND proname LIKE 'record%') AS recorders`;

/** @returns why it does not work; null when it does */
async function begin(
  client: Client,
  of: RecordOf,
  { server, goesOn, make }: { server: number; goesOn: boolean; make: string | null },
): Promise<string | null> {
  try {
    const [, , { rows }] = await together(client, () => [
      make === null ? Promise.resolve() : client.query(make),
      goesOn ? Promise.resolve() : client.query(recordEverything(server, of)),
      client.query<{ problem: string | null }>(
        'SELECT max(problem) AS problem FROM gander.schema_changes WHERE run_id = $1 AND version IS NULL',
        [of.runId],
      ),
    ]);
    return rows[0]!.problem;
  } catch (error) {
    return (error as Error).message;
  }
}

function recordingEach(server: number, of: RecordOf, recorder: Recorder): Recording {
  return {
    rowsFor: (done, look) => {
      const record = { ...of, ...done, migrations: 1 };
      return [look === 'everything' ? recordEverything(server, record) : recorder.call(record)];
    },
    end: async () => {},
  };
}

function recordingAtEnd(server: number, of: RecordOf): Recording {
  return {
    rowsFor: () => [],
    end: async (client, done) => {
      const version = done.at(-1);
      if (version === undefined) return;
      await client.query(recordEverything(server, { ...of, version, migrations: done.length }));
    },
  };
}
