import type { Command } from 'commander';
import { inContext } from '../context.ts';
import { runAndReport } from '../run.ts';

export function upByOne(program: Command): void {
  program
    .command('up-by-one')
    .description('apply the next pending migration')
    .option('--allow-missing', 'also if it is late: older than the newest applied')
    .action(inContext((context) => runAndReport(context, 'up', { steps: 1 })));
}
