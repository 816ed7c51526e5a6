import type { Command } from 'commander';
import { inContext } from '../context.ts';
import { runAndReport } from '../run.ts';

export function up(program: Command): void {
  program
    .command('up')
    .description('apply all pending migrations')
    .option('--allow-missing', 'apply late migrations too: pending ones older than the newest applied')
    .action(inContext((context) => runAndReport(context, 'up')));
}
