import type { PlanRequest } from '../engine/index.ts';
import { commandConfig, type Environment, type TargetConfig } from '../config.ts';
import { type CommandLine, UsageError } from './arguments.ts';
import { type OptionName, type Options, readVersion } from './options.ts';
import type { Output } from './output.ts';

/** What a command is called with. */
export interface Call {
  readonly name: string;
  /** What was written after the command's name, as many as it takes. */
  readonly words: readonly string[];
  readonly options: Options;
  readonly form: CommandLine['form'];
  readonly env: Environment;
  readonly output: Output;
}

/** A command: one file each in `commands/`, loaded only when it is called or its help is asked for. */
export interface Command {
  /** A line for the list of commands. */
  readonly does: string;
  /** Its words, as the help shows them: `<version>`, `[type]` where it may be left out, `[file…]` for any number. */
  readonly words: readonly string[];
  /** Whether goose has it: then it takes goose's options, as there. */
  readonly isGooses: boolean;
  /** The options that mean something for it, besides those of all commands. */
  readonly options: readonly OptionName[];
  readonly example: string;
  /** More than a line, for its own help. */
  readonly details?: string;
  /** @returns the exit code */
  readonly run: (call: Call) => Promise<number>;
}

/** What commands take that run migrations. */
export const RUN_OPTIONS = ['lock-wait', 'lock-timeout', 'statement-timeout'] as const;
/** What goose's take among them. */
export const UP_OPTIONS = ['allow-missing', 'no-versioning', ...RUN_OPTIONS] as const;
export const DOWN_OPTIONS = ['allow-irreversible', 'no-versioning', ...RUN_OPTIONS] as const;

/** What command line and environment together ask for. @throws ConfigError */
export function configOf({ options, form, env }: Call): TargetConfig {
  return commandConfig({ ...options, form }, env);
}

/** The version that was written after the command's name. @throws UsageError */
export function versionIn(call: Pick<Call, 'name' | 'words'>): bigint {
  return versionsIn({ name: call.name, words: [call.words[0] ?? ''] })[0]!;
}

/** The versions that were written after the command's name, as many as there are. @throws UsageError */
export function versionsIn({ name, words }: Pick<Call, 'name' | 'words'>): bigint[] {
  return words.map((word) => {
    try {
      return readVersion(word);
    } catch (error) {
      throw new UsageError(`What comes after ${name} ${(error as Error).message}.`);
    }
  });
}

/** The plan that `--to` or `--down` asks for. @throws UsageError */
export function planRequestOf({ options: { to, down } }: Call): PlanRequest {
  if (down === undefined) return { direction: 'up', to };
  if (to === undefined) return { direction: 'down', to: down };
  throw new UsageError('--to and --down exclude each other.', 'Say one of them.');
}
