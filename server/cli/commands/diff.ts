import { type SchemaDiff, type Schemas, toUnified, toWords } from '../../engine/index.ts';
import { UsageError } from '../arguments.ts';
import { type Command, versionsIn } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import type { Paint } from '../output.ts';
import { reading } from '../run.ts';
import { diffJson } from '../schema-json.ts';

export const diff: Command = {
  does: 'print what a migration changed in the schema, or what is different between two versions',
  isGooses: false,
  words: ['[version]', '[version]'],
  options: ['check'],
  details:
    'Without a version: what something else than a migration has changed since the last one. All of it is known of migrations that have run since Gander keeps it.',
  example: 'gander diff 20250304094120 20250612140210',
  run: (call) => {
    const [from, to] = versionsIn(call);
    return reading(call, async ({ schemas, output, options }) => {
      const found = await differenceOf(await schemas(), from, to);
      output.result(
        { from: from ?? null, to: to ?? null, ...diffJson(found) },
        toText(found, output.paint) || 'gander: nothing is different',
      );
      return options.check === true && found.length > 0 ? EXIT.notUpToDate : EXIT.done;
    });
  },
};

async function differenceOf(
  schemas: Schemas,
  from: bigint | undefined,
  to: bigint | undefined,
): Promise<SchemaDiff> {
  if (from === undefined) return (await schemas.drift()).diff;
  if (to !== undefined) return schemas.between(from, to);
  const change = await schemas.changeOf(from);
  if (change !== null && change.problem === null) return change.diff;
  throw new UsageError(
    change === null
      ? `What version ${from} changed has not been recorded.`
      : `What version ${from} changed could not be recorded: ${change.problem}.`,
    'gander diff needs migrations that have run since Gander records what they change.',
  );
}

/** The words first, and then line by line. */
function toText(found: SchemaDiff, paint: Paint): string {
  if (found.length === 0) return '';
  const words = toWords(found).map((sentence) => paint('bold', `# ${sentence}`));
  return [
    ...words,
    '',
    ...toUnified(found)
      .split('\n')
      .map((line) => coloured(line, paint)),
  ]
    .join('\n')
    .trim();
}

function coloured(line: string, paint: Paint): string {
  if (/^(---|\+\+\+|@@) /.test(line)) return paint('dim', line);
  if (line.startsWith('+')) return paint('green', line);
  return line.startsWith('-') ? paint('red', line) : line;
}
