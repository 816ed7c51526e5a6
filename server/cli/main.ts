#!/usr/bin/env node
import { Command, CommanderError, Option } from 'commander';
import { commands } from './commands/index.ts';
import type { Flags } from './context.ts';
import { EXIT } from './exit-codes.ts';
import { Output } from './output.ts';

const program = new Command('gander')
  .description('Migrations for PostgreSQL: reads goose’s .sql files, applies them and rolls them back.')
  .option('--database <address>', 'the database (DATABASE_URL, GOOSE_DBSTRING)')
  .option('--dir <folder>', 'the folder of migrations (GANDER_MIGRATIONS, GOOSE_MIGRATION_DIR)')
  .option('--table <name>', 'the history table (GANDER_TABLE, GOOSE_TABLE)')
  .option('--json', 'print results as JSON')
  .addOption(new Option('--yes', 'do not ask before everything is rolled back'))
  .showHelpAfterError('gander --help lists the commands.')
  .exitOverride();

for (const define of commands) define(program);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage;
  else process.exitCode = new Output(program.opts<Flags>().json === true).failure(error);
}
