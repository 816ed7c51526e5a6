import type { Command } from 'commander';
import { inContext } from '../context.ts';
import { EXIT } from '../exit-codes.ts';

export function down(program: Command): void {
  program
    .command('down')
    .description('roll back the newest applied migration')
    .option('--allow-irreversible', 'forget a migration that has no Down, running nothing')
    .action(
      inContext(async ({ migrator, flags, output }) => {
        const run = await migrator.down({
          irreversible: flags.allowIrreversible,
          onEvent: (event) => output.event(event),
        });
        output.summary(run);
        return EXIT.done;
      }),
    );
}
