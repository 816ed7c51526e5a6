import { type Command, DOWN_OPTIONS } from '../command.ts';
import { runAll } from '../run.ts';

export const down: Command = {
  does: 'roll back the newest applied migration',
  isGooses: true,
  words: [],
  options: DOWN_OPTIONS,
  details:
    'Where its file is gone, the Down is used that was stored when it ran. With nothing applied there is nothing to do.',
  example: 'gander down --dir migrations',
  run: (call) => runAll(call, ({ runner }, request) => runner.down(request)),
};
