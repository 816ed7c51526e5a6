import type { MigrationState, State } from '../../engine/index.ts';
import type { Command } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { failureJson, problemJson, warningJson } from '../json.ts';
import type { Colour, Output, Paint } from '../output.ts';
import { reading } from '../run.ts';

export const status: Command = {
  does: 'list all migrations: applied, pending, dirty',
  isGooses: true,
  words: [],
  options: ['check', 'no-versioning'],
  details: 'Every row says what the database has of a migration, and what is remarkable about its file.',
  example: 'gander status --check',
  run: async (call) => {
    if (call.options['no-versioning'] === true) return (await import('../unversioned.ts')).listFiles(call);
    return reading(call, async ({ migrator, options, output, database }) => {
      const state = await migrator.status();
      output.result(toJson(state), toText(state, database, output.paint));
      tellProblems(state, output);
      return options.check === true && !isUpToDate(state) ? EXIT.notUpToDate : EXIT.done;
    });
  },
};

function isUpToDate({ migrations, problems }: State): boolean {
  return migrations.every(({ state }) => state === 'applied') && problems.length === 0;
}

function tellProblems({ problems, warnings }: State, output: Output): void {
  for (const { message } of problems) output.note(`problem: ${message}`);
  for (const { file, line, message } of warnings)
    output.note(`warning: ${line === null ? file : `${file}:${line}`}: ${message}`);
}

function toText(state: State, database: string, paint: Paint): string {
  const { schema, name } = state.history.table;
  const head = `${database}, history in ${schema}.${name}${state.historyExists ? '' : ' (not made yet)'}`;
  if (state.migrations.length === 0) return `${head}\nNo migrations yet: gander create NAME makes the first.`;
  return [head, '', ...state.migrations.flatMap((one) => linesOf(one, paint)), '', totals(state)].join('\n');
}

const COLOURS: Readonly<Record<MigrationState['state'], Colour>> = {
  applied: 'green',
  pending: 'yellow',
  running: 'yellow',
  dirty: 'red',
};

function linesOf(one: MigrationState, paint: Paint): string[] {
  const at = one.appliedAt === null ? '' : `${one.appliedAt.toISOString().replace('T', ' ').slice(0, 19)}Z`;
  const remarks = [one.dirty?.kind, one.fileState === 'ok' ? undefined : one.fileState].filter(Boolean);
  const remark = remarks.length === 0 ? '' : `  (${remarks.join(', ')})`;
  const row = `${paint(COLOURS[one.state], one.state.padEnd(8))} ${at.padEnd(21)} ${nameOf(one)}${remark}`;
  const why = one.dirty?.failure?.message ?? one.problem?.message;
  return why === undefined ? [row] : [row, paint('dim', `${' '.repeat(31)}${why.replaceAll('\n', ' ')}`)];
}

function nameOf({ version, name, file }: MigrationState): string {
  return file ?? (name === '' ? version.toString() : `${version}_${name}`);
}

/** `44 applied, 1 dirty, 1 pending` */
function totals({ migrations }: State): string {
  const states = Object.keys(COLOURS) as MigrationState['state'][];
  const counts = states.map((state) => ({
    state,
    number: migrations.filter((one) => one.state === state).length,
  }));
  return counts
    .filter(({ number }) => number > 0)
    .map(({ state, number }) => `${number} ${state}`)
    .join(', ');
}

function toJson(state: State): object {
  const { database, history, historyExists, current, lock, problems, warnings } = state;
  return {
    database,
    table: `${history.table.schema}.${history.table.name}`,
    tableExists: historyExists,
    format: history.format,
    current,
    lock: lock === null ? null : lockJson(lock),
    migrations: state.migrations.map(migrationJson),
    problems: problems.map(problemJson),
    warnings: warnings.map(warningJson),
  };
}

function lockJson({ pid, application, user, address, connectedAt }: NonNullable<State['lock']>): object {
  return { pid, application, user, address, connectedAt };
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
    dirty: dirty === null ? null : dirtyJson(dirty),
    problem: problem === null ? null : problemJson(problem),
  };
}

function dirtyJson({ kind, direction, runId, since, failure }: NonNullable<MigrationState['dirty']>): object {
  return { kind, direction, run: runId, since, failure: failure === null ? null : failureJson(failure) };
}
