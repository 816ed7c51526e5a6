import { describe, type Plan, type Step } from '../../engine/index.ts';
import { type Command, planRequestOf } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { reading } from '../run.ts';
import { fileOf } from '../run-text.ts';

export const plan: Command = {
  does: 'show what up would run (or down-to, with --down), and run nothing',
  isGooses: false,
  words: [],
  options: ['to', 'down', 'allow-missing'],
  example: 'gander plan --to 20250304094120',
  run: (call) => {
    const request = planRequestOf(call);
    return reading(call, async ({ migrator, output }) => {
      const made = await migrator.plan(request);
      output.result(toJson(made), toText(made));
      return EXIT.done;
    });
  },
};

function toText({ steps, direction }: Plan): string {
  if (steps.length === 0) return 'gander: no migrations to run';
  return steps
    .map((step, index) => `${index + 1}. ${fileOf(step)}${remarks(step)}\n${indented(step, direction)}`)
    .join('\n');
}

function remarks({ action, migration, outOfOrder }: Step): string {
  const words = [
    action === 'run'
      ? ''
      : action === 'forget'
        ? 'no Down: only forgotten'
        : 'only its dirty flag is cleared',
    migration?.script.transaction === false ? 'no transaction' : '',
    outOfOrder ? 'out of order' : '',
  ].filter((word) => word !== '');
  return words.length === 0 ? '' : `  (${words.join(', ')})`;
}

function indented({ action, migration }: Step, direction: Plan['direction']): string {
  if (action !== 'run' || migration === null) return '';
  if (migration.script.module !== null) return `     ${direction}() of ${migration.file}`;
  const statements = migration.script[direction].statements;
  return statements.map(({ text }) => `${text};`.replaceAll(/^/gm, '     ')).join('\n');
}

function toJson({ direction, to, stays, fingerprint, steps }: Plan): object {
  return {
    direction,
    to,
    stays,
    fingerprint,
    steps: steps.map(({ version, name, action, origin, outOfOrder, migration }) => ({
      version,
      name,
      action,
      origin,
      outOfOrder,
      language: migration === null ? null : migration.script.module === null ? 'sql' : 'javascript',
      transaction: migration?.script.transaction ?? null,
      statements: (action === 'run' ? (migration?.script[direction].statements ?? []) : []).map((one) => ({
        line: one.line,
        kind: one.kind,
        object: one.object,
        does: describe(one),
        text: one.text,
      })),
    })),
  };
}
