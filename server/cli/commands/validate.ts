import type { Command } from 'commander';
import { commandConfig } from '../../config.ts';
import { folder } from '../../engine/index.ts';
import type { Flags } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { Output } from '../output.ts';

export function validate(program: Command): void {
  program
    .command('validate')
    .description('check the files without a database')
    .action(async (_options: object, command: Command) => {
      const flags = command.optsWithGlobals<Flags>();
      const { migrations: dir, env } = commandConfig(flags);
      const { migrations, invalid, problems, warnings } = await folder(dir, { env }).read();
      const found = [...problems, ...invalid.map(({ problem }) => problem)];
      const output = new Output(flags.json === true);
      for (const { where, place, message, next } of found)
        output.note(
          `problem: ${place === null ? '' : `${where}: `}${message}${next === null ? '' : ` ${next}`}`,
        );
      for (const { file, line, message } of warnings)
        output.note(`warning: ${line === null ? file : `${file}:${line}`}: ${message}`);
      output.result(
        {
          valid: found.length === 0,
          migrations: migrations.length,
          problems: found.map(({ code, message, next, file, place }) => ({
            code,
            message,
            next,
            file,
            place,
          })),
          warnings,
        },
        found.length === 0 ? `gander: ${migrations.length} files are valid` : '',
      );
      process.exitCode = found.length === 0 ? EXIT.done : EXIT.usage;
    });
}
