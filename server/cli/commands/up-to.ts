import { type Command, UP_OPTIONS, versionIn } from '../command.ts';
import { runAll } from '../run.ts';

export const upTo: Command = {
  does: 'apply pending migrations up to a version',
  isGooses: true,
  words: ['<version>'],
  options: UP_OPTIONS,
  example: 'gander up-to 20250304094120',
  run: (call) => {
    const to = versionIn(call);
    return runAll(call, ({ runner }, request) => runner.up({ ...request, to }));
  },
};
