import { type Command, UP_OPTIONS } from '../command.ts';
import { runAll } from '../run.ts';

export const up: Command = {
  does: 'apply all pending migrations',
  isGooses: true,
  words: [],
  options: UP_OPTIONS,
  details:
    'Each runs in a transaction of its own, together with its row in the history. The first that fails stops it: what came before stays, nothing after it runs.',
  example: 'gander up --dir migrations --database postgres://app@db1/shop --lock-wait 30s',
  run: (call) => runAll(call, ({ runner }, request) => runner.up(request)),
};
