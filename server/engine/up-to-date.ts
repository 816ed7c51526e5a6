import type { RunResult } from './events.ts';
import { digestOf } from './history/index.ts';
import { lookAround, type Surroundings } from './observe.ts';
import type { EngineOptions, RunRequest } from './options.ts';
import type { PlanRequest } from './plan.ts';
import { type Client, together } from './postgres.ts';

/**
 * Whether the history holds exactly the versions of the folder, and nothing is dirty: told from the files' names and one
 * short answer of the server, however many there are. No file is opened, so a changed one is not noticed.
 *
 * @returns where the database stands; undefined when there is more to look at, or to do
 */
export async function standsUpToDate(
  client: Client,
  { source }: EngineOptions,
  { history, exists, journal }: Surroundings,
): Promise<bigint | null | undefined> {
  if (!exists) return undefined;
  const { files, problems } = await source.list();
  if (problems.length > 0) return undefined;
  const [digest, dirty] = await together(client, () => [history.digest(client), journal.hasDirty(client)]);
  if (dirty || digest.dirty) return undefined;
  return digest.versions === digestOf(files.map(({ version }) => version)) ? digest.largest : undefined;
}

/** Where a database stands that is up to date; null: nothing is applied, and nothing is there to apply. */
export interface StandsAt {
  readonly standsAt: bigint | null;
}

/** Looks whether there is nothing to do for a request; else at what there is to read from. */
export async function lookQuickly(
  options: EngineOptions,
  client: Client,
  request: PlanRequest & RunRequest,
): Promise<Surroundings | StandsAt> {
  const around = await lookAround(client, options, 'read');
  const isQuick =
    request.direction === 'up' && request.fingerprint === undefined && options.changed !== 'refuse';
  const standsAt = isQuick ? await standsUpToDate(client, options, around) : undefined;
  return standsAt === undefined ? around : { standsAt };
}

export function nothingToDo(current: bigint | null, direction: PlanRequest['direction']): RunResult {
  return { id: null, direction, steps: [], current };
}
