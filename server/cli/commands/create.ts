import type { Command } from 'commander';
import { commandConfig } from '../../config.ts';
import { createMigration } from '../../engine/index.ts';
import type { Flags } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { Output } from '../output.ts';

export function create(program: Command): void {
  program
    .command('create <name>')
    .description('make an empty migration with the time as its version')
    .action(async (name: string, _options: object, command: Command) => {
      const flags = command.optsWithGlobals<Flags>();
      const file = await createMigration(commandConfig(flags).migrations, name, new Date());
      new Output(flags.json === true).result({ file }, `gander: created ${file}`);
      process.exitCode = EXIT.done;
    });
}
