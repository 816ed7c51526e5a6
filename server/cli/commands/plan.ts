import type { Command } from 'commander';
import { describe, type Plan, type Step, title } from '../../engine/index.ts';
import { inContext } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { parseVersion } from '../versions.ts';

export function plan(program: Command): void {
  program
    .command('plan')
    .description('show what up would run (or down-to, with --down), and run nothing')
    .option('--to <version>', 'up to this version')
    .option('--down <version>', 'what rolling back to this version would run')
    .action(
      inContext(async ({ migrator, flags, output }) => {
        const { to, down } = flags as { to?: string; down?: string };
        const request =
          down === undefined
            ? { direction: 'up' as const, to: to === undefined ? undefined : parseVersion(to) }
            : { direction: 'down' as const, to: parseVersion(down) };
        const made = await migrator.plan(request);
        output.result(toJson(made), toText(made));
        return EXIT.done;
      }),
    );
}

function toText({ steps, direction }: Plan): string {
  if (steps.length === 0) return 'gander: nothing to do';
  return steps
    .map((step, index) => `${index + 1}. ${title(step)}${remarks(step)}\n${indented(step, direction)}`)
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
  const statements = migration.script[direction].statements;
  return statements.map(({ text }) => `${text};`.replaceAll(/^/gm, '     ')).join('\n');
}

function toJson({ direction, to, fingerprint, steps }: Plan): object {
  return {
    direction,
    to,
    fingerprint,
    steps: steps.map(({ version, name, action, origin, outOfOrder, migration }) => ({
      version,
      name,
      action,
      origin,
      outOfOrder,
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
