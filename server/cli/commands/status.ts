import type { Command } from 'commander';
import { type MigrationState, type State, title } from '../../engine/index.ts';
import { inContext } from '../context.ts';
import { EXIT } from '../exit-codes.ts';

export function status(program: Command): void {
  program
    .command('status')
    .description('list all migrations: applied, pending, dirty')
    .option('--check', `exit with ${EXIT.notUpToDate} when something is pending or dirty`)
    .action(
      inContext(async ({ migrator, flags, output, database }) => {
        const state = await migrator.status();
        output.result(toJson(state), toText(state, database));
        for (const { message } of state.problems) output.note(`problem: ${message}`);
        for (const { file, line, message } of state.warnings) {
          output.note(`warning: ${line === null ? file : `${file}:${line}`}: ${message}`);
        }
        const upToDate =
          state.migrations.every((one) => one.state === 'applied') && state.problems.length === 0;
        return (flags as { check?: boolean }).check && !upToDate ? EXIT.notUpToDate : EXIT.done;
      }),
    );
}

function toText(state: State, database: string): string {
  const { schema, name } = state.history.table;
  const head = `${database}, history in ${schema}.${name}${state.historyExists ? '' : ' (not made yet)'}`;
  if (state.migrations.length === 0) return `${head}\nNo migrations yet: gander create NAME makes the first.`;
  return [head, '', ...state.migrations.map(lineOf)].join('\n');
}

function lineOf(one: MigrationState): string {
  const at = one.appliedAt === null ? '' : `${one.appliedAt.toISOString().replace('T', ' ').slice(0, 19)}Z`;
  const remark = [one.dirty?.kind, one.fileState === 'ok' ? undefined : one.fileState]
    .filter(Boolean)
    .join(', ');
  return `${one.state.padEnd(8)} ${at.padEnd(21)} ${title(one)}${remark === '' ? '' : `  (${remark})`}`;
}

function toJson(state: State): object {
  const { database, history, current, lock, problems, warnings } = state;
  return {
    database,
    table: `${history.table.schema}.${history.table.name}`,
    format: history.format,
    current,
    lock,
    migrations: state.migrations.map(migrationJson),
    problems: problems.map(({ code, message, file }) => ({ code, message, file })),
    warnings,
  };
}

function migrationJson(one: MigrationState): object {
  const { version, name, file, state, fileState, appliedAt, applied, dirty, problem } = one;
  return {
    version,
    name,
    file,
    state,
    fileState,
    appliedAt,
    appliedBy: applied?.actor ?? null,
    tookMs: applied?.tookMs ?? null,
    dirty,
    problem: problem?.message ?? null,
  };
}
