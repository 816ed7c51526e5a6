import { createMigration } from '../../engine/index.ts';
import { UsageError } from '../arguments.ts';
import { type Call, type Command, configOf } from '../command.ts';
import { EXIT } from '../exit-codes.ts';

export const create: Command = {
  does: 'make an empty migration with the time as its version',
  isGooses: true,
  words: ['<name>', '[sql|js]'],
  options: ['sequential'],
  details:
    'With -s its version is the number after the largest. The folder is made where it is not there, and no file is ever overwritten.',
  example: 'gander create add_phone_to_users',
  run: async (call) => {
    const kind = kindIn(call);
    const { options, output } = call;
    const { migrations: dir } = configOf(call);
    const version = options.sequential === true ? 'next number' : new Date();
    const made = await createMigration(dir, call.words[0]!, { kind, version });
    output.result(made, `gander: created ${made.file}`);
    return EXIT.done;
  },
};

function kindIn({ words: [, kind = 'sql'] }: Call): 'sql' | 'js' {
  if (kind === 'sql' || kind === 'js') return kind;
  if (kind === 'go')
    throw new UsageError('Gander does not run Go.', 'It runs sql, and js: gander create NAME js.');
  throw new UsageError('The second word is the kind of file: sql or js.');
}
