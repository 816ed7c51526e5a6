import type { Command } from 'commander';
import { confirmReset } from '../confirm.ts';
import { inContext } from '../context.ts';
import { runAndReport } from '../run.ts';
import { parseVersion } from '../versions.ts';

export function downTo(program: Command): void {
  program
    .command('down-to <version>')
    .description('roll back everything above a version; 0 rolls back all')
    .option('--allow-irreversible', 'forget migrations that have no Down, running nothing for them')
    .action(
      inContext(async (context, version) => {
        const to = parseVersion(version);
        const { fingerprint } = await confirmReset(context, to);
        return runAndReport(context, 'down', { to, fingerprint });
      }),
    );
}
