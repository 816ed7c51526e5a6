import type { Command } from 'commander';
import { confirmReset } from '../confirm.ts';
import { inContext } from '../context.ts';
import { runAndReport } from '../run.ts';

export function reset(program: Command): void {
  program
    .command('reset')
    .description('roll back all migrations')
    .option('--allow-irreversible', 'forget migrations that have no Down, running nothing for them')
    .action(
      inContext(async (context) => {
        const { fingerprint } = await confirmReset(context, 0n);
        return runAndReport(context, 'down', { to: 0n, fingerprint });
      }),
    );
}
