import { describe, type Plan, type RollbackCost, type Step } from '../../engine/index.ts';
import { type Command, planRequestOf } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { reading } from '../run.ts';
import { costJson, costText } from '../cost-text.ts';
import { fileOf } from '../run-text.ts';

export const plan: Command = {
  does: 'show what up would run (or down-to, with --down), and run nothing',
  isGooses: false,
  words: [],
  options: ['to', 'down', 'count', 'allow-missing'],
  details:
    'With --down it also says what is lost: which tables and columns, how much is in them, and what depends on them.',
  example: 'gander plan --to 20250304094120',
  run: (call) => {
    const request = planRequestOf(call);
    return reading(call, async ({ migrator, output }) => {
      const made = await migrator.plan(request);
      const how = call.options.count === true ? 'exactly' : 'by statistics';
      const cost = made.direction === 'down' ? await migrator.rollbackCost(made, how) : null;
      output.result(toJson(made, cost), toText(made, cost));
      return EXIT.done;
    });
  },
};

function toText({ steps, direction }: Plan, cost: RollbackCost | null): string {
  if (steps.length === 0) return 'gander: no migrations to run';
  const listed = steps
    .map((step, index) => `${index + 1}. ${fileOf(step)}${remarks(step)}\n${indented(step, direction)}`)
    .join('\n');
  return cost === null ? listed : `${listed}\n\n${costText(cost)}`;
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

function toJson({ direction, to, stays, fingerprint, steps }: Plan, cost: RollbackCost | null): object {
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
    cost: cost === null ? null : costJson(cost),
  };
}
