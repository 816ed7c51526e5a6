import type { Command } from 'commander';
import { commandConfig } from '../../config.ts';
import { createMigration, GanderError } from '../../engine/index.ts';
import type { Flags } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { Output } from '../output.ts';

export function create(program: Command): void {
  program
    .command('create <name>')
    .description('make an empty migration with the time as its version')
    .argument('[type]', 'sql, as goose asks for it', 'sql')
    .option('-s, --sequential', 'with the next number as its version, not the time')
    .action(async (name: string, type: string, _options: object, command: Command) => {
      if (type !== 'sql') throw new GanderError('invalid_request', 'Gander makes migrations in SQL only.');
      const flags = command.optsWithGlobals<Flags & { sequential?: boolean }>();
      const version = flags.sequential === true ? 'next number' : new Date();
      const file = await createMigration(commandConfig(flags).migrations, name, version);
      new Output(flags.json === true).result({ file }, `gander: created ${file}`);
      process.exitCode = EXIT.done;
    });
}
