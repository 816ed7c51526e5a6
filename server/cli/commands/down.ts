import type { Command } from 'commander';
import { inContext } from '../context.ts';
import { runAndReport } from '../run.ts';

export function down(program: Command): void {
  program
    .command('down')
    .description('roll back the newest applied migration')
    .option('--allow-irreversible', 'forget a migration that has no Down, running nothing')
    .action(inContext((context) => runAndReport(context, 'down')));
}
