import type { Command } from 'commander';
import { GanderError, type Resolution } from '../../engine/index.ts';
import { inContext } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { parseVersion } from '../versions.ts';

export function resolve(program: Command): void {
  program
    .command('resolve <version>')
    .description('say what became of a dirty migration, after looking into the database')
    .option('--applied', 'all of it is there: record it as applied')
    .option('--not-applied', 'nothing of it is there (any more): record it as pending')
    .action(
      inContext(async ({ migrator, flags, output }, version) => {
        const resolution = resolutionOf(flags as Choice);
        const number = parseVersion(version);
        await migrator.resolve(number, resolution);
        output.result({ version: number, resolution }, `gander: ${number} is recorded as ${resolution}`);
        return EXIT.done;
      }),
    );
}

interface Choice {
  readonly applied?: boolean;
  readonly notApplied?: boolean;
}

function resolutionOf({ applied, notApplied }: Choice): Resolution {
  if (applied === notApplied) {
    throw new GanderError('invalid_request', 'Say what you found in the database.', {
      next: 'One of --applied and --not-applied.',
    });
  }
  return applied === true ? 'applied' : 'not applied';
}
