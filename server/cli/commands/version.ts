import type { Command } from 'commander';
import { inContext } from '../context.ts';
import { EXIT } from '../exit-codes.ts';

export function version(program: Command): void {
  program
    .command('version')
    .description('print the largest applied version')
    .action(
      inContext(async ({ migrator, output }) => {
        const { current } = await migrator.status();
        output.result({ version: current }, `gander: version ${current ?? 0}`);
        return EXIT.done;
      }),
    );
}
