#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Command, CommanderError, Option } from 'commander';
import { packageRoot } from '../package-root.ts';
import { commands } from './commands/index.ts';
import { EXIT } from './exit-codes.ts';
import { fromGoose } from './goose-arguments.ts';
import { Output } from './output.ts';

const program = new Command('gander')
  .description('Migrations for PostgreSQL: reads goose’s .sql files, applies them and rolls them back.')
  .option('--database <address>', 'the database (DATABASE_URL, GOOSE_DBSTRING)')
  .option('--dir <folder>', 'the folder of migrations (GANDER_MIGRATIONS, GOOSE_MIGRATION_DIR)')
  .option('--table <name>', 'the history table (GANDER_TABLE, GOOSE_TABLE)')
  .option('--json', 'print results as JSON')
  .addOption(new Option('--yes', 'do not ask before everything is rolled back'))
  .version(releaseOf(), '--version', 'print which Gander this is')
  .showHelpAfterError('gander --help lists the commands.')
  .exitOverride();

for (const define of commands) define(program);

// Whoever read us has gone (`gander up | head -1`): a run that is going on must come to its end all the same.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

const output = new Output(process.argv.includes('--json'));
try {
  await program.parseAsync(fromGoose(process.argv.slice(2)), { from: 'user' });
} catch (error) {
  process.exitCode = error instanceof CommanderError ? usageOf(error) : output.failure(error);
}

/** The release, as package.json has it. */
function releaseOf(): string {
  const text = readFileSync(path.join(packageRoot, 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** commander has said on standard error what is wrong; asking for help is not wrong. */
function usageOf({ exitCode, code, message }: CommanderError): number {
  if (exitCode === 0) return EXIT.done;
  if (process.argv.includes('--json')) output.result({ error: { code, message } }, '');
  return EXIT.usage;
}
