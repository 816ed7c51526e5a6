import { type Command, DOWN_OPTIONS, versionIn } from '../command.ts';
import { rollBackTo } from '../confirm.ts';
import { runAll } from '../run.ts';

export const downTo: Command = {
  does: 'roll back everything above a version; 0 rolls back all',
  isGooses: true,
  words: ['<version>'],
  options: ['yes', ...DOWN_OPTIONS],
  details:
    'The version stays applied. It must be a known one: a mistyped version would roll back everything above it.',
  example: 'gander down-to 20250304094120',
  run: (call) => {
    const to = versionIn(call);
    return runAll(call, (context, request) => rollBackTo(context, request, to));
  },
};
