import type { Command } from 'commander';
import { inContext } from '../context.ts';
import { EXIT } from '../exit-codes.ts';

export function up(program: Command): void {
  program
    .command('up')
    .description('apply all pending migrations')
    .option('--allow-missing', 'apply late migrations too: pending ones older than the newest applied')
    .action(
      inContext(async ({ migrator, flags, output }) => {
        const run = await migrator.up({
          outOfOrder: flags.allowMissing,
          onEvent: (event) => output.event(event),
        });
        output.summary(run);
        return EXIT.done;
      }),
    );
}
