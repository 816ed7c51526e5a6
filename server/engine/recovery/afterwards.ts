import { GanderError } from '../errors.ts';
import type { SectionWork, Session } from '../session.ts';
import { sectionOf } from '../migration.ts';
import { whatDiffers } from './agreement.ts';
import { inspect } from './inspect.ts';
import { missing } from './recordings.ts';

/**
 * Looks into the database once more when a dirty migration has run through: the flag goes only if what it makes is there.
 *
 * @throws GanderError `migration_failed` with what differs
 */
export async function requireDone({ log }: Session, { migration, direction }: SectionWork): Promise<void> {
  const recorded = sectionOf(migration.script, direction).statements.map(() => 'done' as const);
  const statements = await log.write((client) =>
    inspect(client, { migration, recorded, transaction: false }, direction),
  );
  const differ = missing(statements);
  if (differ.length === 0) return;
  throw new GanderError(
    'migration_failed',
    `All of its statements ran, but the database does not agree. ${whatDiffers(differ)}`,
  );
}
