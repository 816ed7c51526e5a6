import type { Command } from 'commander';
import { inContext } from '../context.ts';
import { runAndReport } from '../run.ts';
import { parseVersion } from '../versions.ts';

export function upTo(program: Command): void {
  program
    .command('up-to <version>')
    .description('apply pending migrations up to a version')
    .option('--allow-missing', 'apply late migrations too: pending ones older than the newest applied')
    .action(inContext((context, version) => runAndReport(context, 'up', { to: parseVersion(version) })));
}
