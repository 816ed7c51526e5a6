import { digestOf } from './history/index.ts';
import type { Surroundings } from './observe.ts';
import type { EngineOptions } from './options.ts';
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
