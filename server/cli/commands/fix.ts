import { existsSync } from 'node:fs';
import { describeHolder, fixFolder, GanderError, type Renaming } from '../../engine/index.ts';
import { UsageError } from '../arguments.ts';
import { type Call, type Command, configOf } from '../command.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { reading } from '../run.ts';

export const fix: Command = {
  does: 'give files whose version is a time the next numbers instead',
  isGooses: true,
  words: [],
  options: ['unapplied'],
  details:
    'It asks the database what is applied, and renames nothing of that. Without a database, as in CI, --unapplied says that there is nothing to ask for.',
  example: 'gander fix --dir migrations',
  run: (call) => {
    const { databaseUrl, home, migrations } = configOf(call);
    if (call.options.unapplied === true) return renameAndTell(call, migrations, new Set());
    if (databaseUrl === null && !existsSync(home)) {
      throw new UsageError(
        'fix has to know what is applied: a file that is renamed afterwards would run once more.',
        'Name the database, or say --unapplied when no database has applied these files yet.',
      );
    }
    return reading(call, async (context) => renameAndTell(call, migrations, await appliedIn(context)));
  },
};

/** @throws GanderError `locked` while somebody is about to change it */
async function appliedIn({ migrator }: Context): Promise<Set<bigint>> {
  const { migrations, lock } = await migrator.status();
  if (lock !== null) {
    throw new GanderError('locked', `Migrations are being run by ${describeHolder(lock)}.`, {
      next: 'Wait for it to finish.',
    });
  }
  return new Set(migrations.filter(({ state }) => state !== 'pending').map(({ version }) => version));
}

async function renameAndTell({ output }: Call, dir: string, applied: ReadonlySet<bigint>): Promise<number> {
  const renamed = await fixFolder(dir, applied);
  output.result({ renamed }, renamed.length === 0 ? 'gander: nothing to rename' : toText(renamed));
  return EXIT.done;
}

function toText(renamed: readonly Renaming[]): string {
  return renamed.map(({ from, to }) => `RENAMED ${from} => ${to}`).join('\n');
}
