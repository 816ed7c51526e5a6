import type { Command } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { reading } from '../run.ts';

export const version: Command = {
  does: 'print the largest applied version',
  isGooses: true,
  words: [],
  options: ['no-versioning'],
  details: 'It is 0 (null with --json) when nothing is applied.',
  example: 'gander version',
  run: async (call) => {
    if (call.options['no-versioning'] === true) return (await import('../unversioned.ts')).newestFile(call);
    return reading(call, async ({ migrator, output }) => {
      const { current } = await migrator.status();
      output.result({ version: current }, `gander: version ${current ?? 0}`);
      return EXIT.done;
    });
  },
};
