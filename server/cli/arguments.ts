import { findOption, OPTIONS, optionOf, type OptionName, type Options } from './options.ts';

/** A command line that cannot be read. Words that may be an address, with a password in it, are never repeated. */
export class UsageError extends Error {
  /** What to do about it. */
  readonly next: string;

  constructor(message: string, next = 'gander --help lists commands and options.') {
    super(message);
    this.next = next;
  }
}

export interface CommandLine {
  /** null: none was given. */
  readonly command: string | null;
  /** What follows the command and is no option. */
  readonly words: readonly string[];
  readonly options: Options;
  /** `goose`: with a driver before the command, as only goose's command lines have it. */
  readonly form: 'goose' | 'gander';
}

const OUR_DRIVERS = /^(postgres|postgresql|pgx)$/;
/** The others of goose 3.27 (db.go). */
const OTHER_DRIVERS =
  /^(mysql|sqlite3?|spanner|mssql|sqlserver|azuresql|redshift|tidb|clickhouse|vertica|ydb|starrocks|turso|libsql)$/;

/** What goose has and Gander has not, and what to do instead. */
const NO_OPTIONS = new Map([
  ['certfile', 'It is for MySQL: with PostgreSQL, write sslrootcert=… into the database’s address.'],
  ['ssl-cert', 'It is for MySQL: with PostgreSQL, write sslcert=… into the database’s address.'],
  ['ssl-key', 'It is for MySQL: with PostgreSQL, write sslkey=… into the database’s address.'],
]);
const NO_COMMANDS = new Map([
  ['init', 'gander create NAME makes the folder too.'],
  ['env', 'It would print the password: gander status tells which database and which table are meant.'],
  ['beta', 'There are no drivers to list: Gander is for PostgreSQL only.'],
]);

/**
 * Reads a command line of Gander's or of goose 3.27's, which are the same but for goose's `DRIVER DBSTRING` before the
 * command. As in Go, options have one dash or two and stand anywhere, `-dir x` is `-dir=x`, and `--` ends them. Pure.
 *
 * @param commands the names of all commands
 * @throws UsageError
 */
export function parseCommandLine(args: readonly string[], commands: readonly string[]): CommandLine {
  const { options, words } = separate(args);
  const { address, rest } = withoutDatabase(words, commands);
  const [command = null, ...others] = rest;
  if (command !== null && !commands.includes(command)) throw unknownCommand(command, commands);
  const form = rest.length === words.length ? 'gander' : 'goose';
  return {
    command,
    form,
    words: others,
    options: address === null ? options : { database: address, ...options },
  };
}

/** goose's `postgres "host=…" up`; the driver alone where GOOSE_DBSTRING has the address, and the other way round. */
function withoutDatabase(
  words: readonly string[],
  commands: readonly string[],
): { address: string | null; rest: readonly string[] } {
  const first = words[0];
  if (first === undefined || commands.includes(first)) return { address: null, rest: words };
  if (OTHER_DRIVERS.test(first)) {
    throw new UsageError(`Gander is for PostgreSQL only, not for ${first}.`, 'Keep goose for that database.');
  }
  const driven = OUR_DRIVERS.test(first);
  const [word, ...rest] = driven ? words.slice(1) : words;
  if (word === undefined || commands.includes(word))
    return { address: null, rest: word === undefined ? [] : [word, ...rest] };
  return driven || /:\/\/|=/.test(word) ? { address: word, rest } : { address: null, rest: words };
}

function separate(args: readonly string[]): { options: Options; words: string[] } {
  const options: Partial<Record<OptionName, unknown>> = {};
  const words: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const arg = args[at]!;
    if (arg === '--') {
      words.push(...args.slice(at + 1));
      break;
    }
    if (!/^-./.test(arg)) {
      words.push(arg);
      continue;
    }
    const { name, value } = splitOption(arg);
    const text = value ?? (optionOf(name).takes === undefined ? 'true' : args[++at]);
    options[name] = readOption(name, text);
  }
  return { options: options as Options, words };
}

/** `-dir` or `--dir=x`. */
function splitOption(arg: string): { name: OptionName; value: string | null } {
  const [, given = '', value = null] = /^--?([^=]*)(?:=(.*))?$/s.exec(arg) ?? [];
  const name = findOption(given);
  if (name !== null) return { name, value };
  const instead = NO_OPTIONS.get(given);
  if (instead !== undefined) throw new UsageError(`-${given} does nothing here.`, instead);
  const meant = nearest(given, Object.keys(OPTIONS));
  throw new UsageError(
    `There is no option ${nameable(given) ? `--${given}` : 'of this name'}.`,
    meant === null ? undefined : `Is it --${meant}?`,
  );
}

function readOption(name: OptionName, text: string | undefined): unknown {
  const { takes, read } = optionOf(name);
  if (text === undefined) throw new UsageError(`--${name} needs its ${takes}.`);
  try {
    return read(text);
  } catch (error) {
    throw new UsageError(`--${name} ${(error as Error).message}.`);
  }
}

function unknownCommand(word: string, commands: readonly string[]): UsageError {
  const instead = NO_COMMANDS.get(word);
  if (instead !== undefined) return new UsageError(`gander has no command ${word}.`, instead);
  const meant = nearest(word, commands);
  return new UsageError(
    nameable(word) ? `There is no command ${word}.` : 'The first word is no command.',
    meant === null ? undefined : `Is it ${meant}?`,
  );
}

/** Whether it can be no address. */
function nameable(word: string): boolean {
  return /^[\w-]{1,30}$/.test(word);
}

/** The name that was most likely meant; null when none is near. At most two letters may be wrong, one in a short word. */
function nearest(word: string, names: readonly string[]): string | null {
  const allowed = word.length < 5 ? 1 : 2;
  const ranked = names
    .map((name) => ({ name, distance: distance(word, name) }))
    .filter((one) => one.distance <= allowed)
    .toSorted((a, b) => a.distance - b.distance);
  return ranked[0]?.name ?? null;
}

/** How many letters have to be changed, put in or left out (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const above = row;
    row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = above[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(above[j]! + 1, row[j - 1]! + 1, change));
    }
  }
  return row.at(-1)!;
}
