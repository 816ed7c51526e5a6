import { lookAround } from '../observe.ts';
import type { EngineOptions } from '../options.ts';
import { withClient } from '../postgres.ts';
import { checksum as checksumOf } from '../sql/checksum.ts';

/** The text of a migration as it ran, as the journal keeps it; null when it has none, or not the one that ran. */
export async function whatRan(options: EngineOptions, version: bigint): Promise<string | null> {
  return withClient(options.pool, async (client) => {
    const { journal } = await lookAround(client, options, 'read');
    const stored = (await journal.storedTexts(client, [version])).get(version);
    return stored === undefined || checksumOf(stored.sql) !== stored.checksum ? null : stored.sql;
  });
}
