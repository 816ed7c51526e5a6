import { textOf, titleOf } from '../../engine/index.ts';
import { type Command, versionsIn } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { reading } from '../run.ts';
import { objectJson } from '../schema-json.ts';

export const schema: Command = {
  does: 'print the schema, as it is or as it was after a version',
  isGooses: false,
  words: ['[version]'],
  options: [],
  details:
    'Every object has a text that is the same wherever it is the same, on every version of PostgreSQL. What extensions own and the history are left out.',
  example: 'gander schema 20250304094120',
  run: (call) => {
    const [version] = versionsIn(call);
    return reading(call, async ({ schemas, output }) => {
      const known = await schemas();
      const objects = version === undefined ? await known.now() : await known.after(version);
      const { paint } = output;
      output.result(
        { version: version ?? null, objects: objects.map(objectJson) },
        objects
          .map((one) => `${paint('dim', `-- ${one.kind} ${titleOf(one)}`)}\n${textOf(one)}`)
          .join('\n\n'),
      );
      return EXIT.done;
    });
  },
};
