import { type Command, DOWN_OPTIONS } from '../command.ts';
import { rollBackTo } from '../confirm.ts';
import { runAll } from '../run.ts';

export const reset: Command = {
  does: 'roll back all migrations',
  isGooses: true,
  words: [],
  options: ['yes', ...DOWN_OPTIONS],
  details: 'Asks first; where nobody can be asked, --yes has to be given.',
  example: 'gander reset --yes',
  run: (call) => runAll(call, (context, request) => rollBackTo(context, request, 0n)),
};
