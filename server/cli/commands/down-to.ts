import type { Command } from 'commander';
import { inContext } from '../context.ts';
import { confirmReset } from '../confirm.ts';
import { EXIT } from '../exit-codes.ts';
import { parseVersion } from '../versions.ts';

export function downTo(program: Command): void {
  program
    .command('down-to <version>')
    .description('roll back everything above a version; 0 rolls back all')
    .option('--allow-irreversible', 'forget migrations that have no Down, running nothing for them')
    .action(
      inContext(async (context, version) => {
        const { migrator, flags, output } = context;
        const to = parseVersion(version);
        const { fingerprint } = to === 0n ? await confirmReset(context) : {};
        const run = await migrator.down({
          to,
          fingerprint,
          irreversible: flags.allowIrreversible,
          onEvent: (event) => output.event(event),
        });
        output.summary(run);
        return EXIT.done;
      }),
    );
}
