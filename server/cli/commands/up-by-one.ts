import { type Command, UP_OPTIONS } from '../command.ts';
import { runAll } from '../run.ts';

export const upByOne: Command = {
  does: 'apply the next pending migration',
  isGooses: true,
  words: [],
  options: UP_OPTIONS,
  details: 'With nothing pending there is nothing to do, and the exit code is 0.',
  example: 'gander up-by-one --verbose',
  run: (call) => runAll(call, ({ runner }, request) => runner.up({ ...request, steps: 1 })),
};
