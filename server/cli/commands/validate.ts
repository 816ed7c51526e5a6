import { envForMigrations } from '../../config.ts';
import type { GanderError, Migration } from '../../engine/index.ts';
import { count } from '../../words.ts';
import { type Call, type Command, configOf } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { problemJson, warningJson } from '../json.ts';

export const validate: Command = {
  does: 'check the files without a database',
  isGooses: true,
  words: [],
  options: [],
  details: 'With --verbose it lists what each file holds.',
  example: 'gander validate --dir migrations',
  run: async (call) => {
    const { options, output } = call;
    const { migrations: dir, env } = configOf(call);
    const { folder } = await import('../../engine/index.ts');
    const read = await folder(dir, { env: envForMigrations(env) }).read();
    const problems = [...read.problems, ...read.invalid.map(({ problem }) => problem)];
    for (const problem of problems) await tellProblem(call, dir, problem);
    for (const { file, line, message } of read.warnings)
      output.note(`warning: ${line === null ? file : `${file}:${line}`}: ${message}`);
    const valid = problems.length === 0;
    const json = {
      valid,
      migrations: read.migrations.length,
      problems: problems.map(problemJson),
      warnings: read.warnings.map(warningJson),
    };
    const list = options.verbose === true ? `${table(read.migrations)}\n` : '';
    const bad = valid ? '' : `, ${count(problems.length, 'problem')}`;
    output.result(json, `${list}gander: ${count(read.migrations.length, 'valid file')}${bad}`);
    return valid ? EXIT.done : EXIT.usage;
  },
};

async function tellProblem({ output }: Call, dir: string, problem: GanderError): Promise<void> {
  const { where, place, message, next } = problem;
  const { linesOf, passage } = await import('../passage.ts');
  output.note(`problem: ${place === null ? '' : `${where}: `}${message}${next === null ? '' : ` ${next}`}`);
  const lines = await linesOf(problem, dir);
  if (lines.length > 0) output.note(passage(lines, true, output.paintNote));
}

/** What goose's `-v validate` tells: the number of statements each way, and whether it is a transaction. */
function table(migrations: readonly Migration[]): string {
  const rows = migrations.map(({ file, script }) => [
    script.transaction ? 'yes' : 'no',
    String(script.up.statements.length),
    String(script.down.statements.length),
    file,
  ]);
  return [['Txn', 'Up', 'Down', 'File'], ...rows]
    .map(
      ([txn = '', up = '', down = '', file = '']) =>
        `${txn.padEnd(4)} ${up.padStart(4)} ${down.padStart(4)}  ${file}`,
    )
    .join('\n');
}
