import { type Environment, loadEnvironment, terminalConfig } from '../config.ts';
import { type CommandLine, parseCommandLine, UsageError } from './arguments.ts';
import type { Command } from './command.ts';
import { commands } from './commands/index.ts';
import { type OptionName, optionOf, type Options } from './options.ts';
import { Output } from './output.ts';

/** Runs one command line. @returns the exit code */
export async function main(args: readonly string[]): Promise<number> {
  let output = new Output({ json: args.some((arg) => /^--?json$/.test(arg)), colours: false, dumb: true });
  try {
    const line = parseCommandLine(args, [...Object.keys(commands), 'help']);
    if (line.options.version === true || line.options.help === true || line.command === 'help') {
      return await (await import('./help.ts')).answer(line, output);
    }
    const name = line.command;
    if (name === null) {
      const { helpOfAll } = await import('./help.ts');
      if (!output.json) output.note(`${await helpOfAll()}\n`);
      throw new UsageError('No command was given.');
    }
    const command = await commands[name]!();
    requireFitting(name, command, line);
    const env = loadEnvironment(line.options.env);
    output = new Output({ json: line.options.json === true, ...terminalOf(line.options, env) });
    return await command.run({ ...line, name, env, output });
  } catch (error) {
    return (await import('./failure.ts')).tell(output, error);
  }
}

/** A word too many may be an address: it is not repeated. @throws UsageError */
function requireFitting(name: string, command: Command, { words, options }: CommandLine): void {
  const help = `gander ${name} --help tells more.`;
  const missing = command.words[words.length];
  if (missing?.startsWith('<') === true) throw new UsageError(`${name} needs its ${missing}.`, help);
  const takesMany = command.words.at(-1)?.endsWith('…]') === true;
  if (words.length > command.words.length && !takesMany) {
    const takes = command.words.length === 0 ? 'nothing' : `${command.words.join(' ')}, and nothing`;
    throw new UsageError(`${name} takes ${takes} after it.`, help);
  }
  const odd = (Object.keys(options) as OptionName[]).find((option) => !fits(command, option));
  if (odd !== undefined) throw new UsageError(`--${odd} does nothing for ${name}.`, help);
}

/** goose takes all of its options with all of its commands, also where they mean nothing: deploy scripts rely on it. */
function fits({ options, isGooses }: Command, name: OptionName): boolean {
  const { of } = optionOf(name);
  return of === 'all' || (of === 'goose' && isGooses) || options.includes(name);
}

function terminalOf(options: Options, env: Environment): { colours: boolean; dumb: boolean } {
  const { colours, dumb } = terminalConfig(env);
  return { dumb, colours: colours && options['no-color'] !== true };
}
