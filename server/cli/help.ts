// Everything that --help and --version print: loaded only when it is asked for.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { packageRoot } from '../package-root.ts';
import type { CommandLine } from './arguments.ts';
import type { Command } from './command.ts';
import { commands } from './commands/index.ts';
import { EXIT } from './exit-codes.ts';
import { type OptionName, OPTIONS, optionOf } from './options.ts';
import type { Output } from './output.ts';

/** Prints the help of a command, that of all, or which Gander this is. @returns the exit code */
export async function answer({ command, words, options }: CommandLine, output: Output): Promise<number> {
  if (options.version === true) {
    const version = releaseOf();
    output.result({ release: version }, version);
    return EXIT.done;
  }
  const name = command === 'help' ? (words[0] ?? null) : command;
  const known = name === null ? undefined : commands[name];
  const text = known === undefined ? await helpOfAll() : helpOf(name!, await known());
  output.result({ help: text }, text);
  return EXIT.done;
}

/** The release, as package.json has it. */
function releaseOf(): string {
  const text = readFileSync(path.join(packageRoot, 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** `gander --help` */
export async function helpOfAll(): Promise<string> {
  const loaded = await Promise.all(
    Object.entries(commands).map(async ([name, load]) => ({ name, command: await load() })),
  );
  const rows = loaded.map(({ name, command }) => row(usage(name, command), command.does));
  return `Usage: gander [options] <command>
       gander [options] postgres "<address>" <command>     (as goose is called)

Migrations for PostgreSQL: reads goose’s .sql files, applies them and rolls them back.

Commands:
${rows.join('\n')}

Options of every command:
${optionsOfAll().map(optionRow).join('\n')}

Exit codes: 0 done · 1 failed · 2 usage, settings, files · 3 locked · 4 not up to date · 5 database out of reach ·
            130 stopped by Ctrl-C · 143 stopped by SIGTERM
gander <command> --help tells more, with an example.`;
}

function helpOf(name: string, command: Command): string {
  const { does, details, options, example } = command;
  const more = details === undefined ? '' : `\n${details}`;
  const own = options.length === 0 ? '' : `Options:\n${options.map(optionRow).join('\n')}\n\n`;
  return `Usage: gander ${usage(name, command)} [options]

${does[0]!.toUpperCase()}${does.slice(1)}.${more}

${own}Options of every command:
${optionsOfAll().map(optionRow).join('\n')}

Example:
  ${example}`;
}

function usage(name: string, { words }: Command): string {
  return [name, ...words].join(' ');
}

function optionsOfAll(): OptionName[] {
  return (Object.keys(OPTIONS) as OptionName[]).filter((name) => optionOf(name).of === 'all');
}

function optionRow(name: OptionName): string {
  const { short, takes, does } = optionOf(name);
  const names = `${short === undefined ? '' : `-${short}, `}--${name}`;
  return row(takes === undefined ? names : `${names} ${takes}`, does);
}

/** Wide enough for the longest option. */
const NAMES = 26;

function row(left: string, right: string): string {
  return `  ${left.padEnd(NAMES)}  ${right}`;
}
