import { parseDuration } from '../words.ts';

/** An option of the command line. `read` gets what was written after it; without `takes` it is a switch. */
interface Option<T> {
  readonly does: string;
  /** What stands for its value in the help: `<folder>`. */
  readonly takes?: string;
  readonly read: (text: string) => T;
  /** Another name, as in `-s`. */
  readonly short?: string;
  /** Which commands take it: `all`, all of `goose`'s because goose lets them, or those that name it. */
  readonly of: 'all' | 'goose' | 'some';
}

/** Every option there is, in the order of the help; what each means is the same for all commands that take it. */
export const OPTIONS = {
  database: {
    does: 'the database (DATABASE_URL, GOOSE_DBSTRING)',
    takes: '<address>',
    read: String,
    of: 'all',
  },
  dir: {
    does: 'the folder of migrations (GANDER_MIGRATIONS, GOOSE_MIGRATION_DIR); default: the working folder',
    takes: '<folder>',
    read: String,
    of: 'all',
  },
  table: {
    does: 'the history table (GANDER_TABLE, GOOSE_TABLE)',
    takes: '<name>',
    read: String,
    of: 'all',
  },
  env: {
    does: 'read settings from this file, not from .env; none: from no file',
    takes: '<file>',
    read: String,
    of: 'all',
  },
  json: { does: 'print the result as JSON', read: readSwitch, of: 'all' },
  verbose: {
    does: 'print every statement as it runs, and its time',
    read: readSwitch,
    short: 'v',
    of: 'all',
  },
  timeout: {
    does: 'stop when the command takes longer than this, like 90s or 1h13m',
    takes: '<time>',
    read: parseDuration,
    of: 'all',
  },
  'no-color': { does: 'print without colours (NO_COLOR)', read: readSwitch, of: 'all' },
  help: { does: 'print the help of a command', read: readSwitch, short: 'h', of: 'all' },
  version: { does: 'print which Gander this is', read: readSwitch, of: 'all' },
  'allow-missing': {
    does: 'apply late migrations too: pending ones older than the newest applied',
    read: readSwitch,
    of: 'goose',
  },
  'no-versioning': {
    does: 'run the files without looking at or writing a history, as for seeds',
    read: readSwitch,
    of: 'goose',
  },
  sequential: {
    does: 'with the next number as its version, not the time',
    read: readSwitch,
    short: 's',
    of: 'goose',
  },
  'lock-wait': {
    does: 'how long to wait while somebody else migrates (GANDER_LOCK_WAIT; default 5min)',
    takes: '<time>',
    read: parseDuration,
    of: 'some',
  },
  'lock-timeout': {
    does: 'how long a statement may wait for a table before the migration is tried again (GANDER_LOCK_TIMEOUT; default 5s)',
    takes: '<time>',
    read: parseDuration,
    of: 'some',
  },
  limit: {
    does: 'how long all of a rehearsal may take, locks held (default 30s)',
    takes: '<time>',
    read: parseDuration,
    of: 'some',
  },
  'statement-timeout': {
    does: 'how long a statement may take (GANDER_STATEMENT_TIMEOUT; default: any time)',
    takes: '<time>',
    read: parseDuration,
    of: 'some',
  },
  'allow-irreversible': {
    does: 'forget migrations that have no Down, running nothing for them',
    read: readSwitch,
    of: 'some',
  },
  yes: { does: 'do not ask before everything is rolled back', read: readSwitch, of: 'some' },
  check: {
    does: 'exit with 4 when something is pending, dirty or different',
    read: readSwitch,
    of: 'some',
  },
  to: { does: 'up to this version', takes: '<version>', read: readVersion, of: 'some' },
  down: {
    does: 'what rolling back to this version would run',
    takes: '<version>',
    read: readVersion,
    of: 'some',
  },
  count: {
    does: 'count the rows that a rollback would take away (reads the tables, for at most 10s)',
    read: readSwitch,
    of: 'some',
  },
  applied: { does: 'all of it is there: record it as applied', read: readSwitch, of: 'some' },
  'not-applied': {
    does: 'nothing of it is there (any more): record it as pending',
    read: readSwitch,
    of: 'some',
  },
  retry: { does: 'nothing of it is there: run it from its first statement', read: readSwitch, of: 'some' },
  resume: {
    does: 'run it from where it stopped, leaving out what has been done',
    read: readSwitch,
    of: 'some',
  },
  from: {
    does: 'resume with this statement, counted from 1',
    takes: '<number>',
    read: readNumber,
    of: 'some',
  },
  undo: { does: 'undo what is done of it, by its own Down', read: readSwitch, of: 'some' },
  repair: {
    does: 'set right what is half done, and go on: drop or rebuild an index, validate a constraint, finish detaching',
    takes: '<how>',
    read: readRepair,
    of: 'some',
  },
  reason: { does: 'why: kept in the journal', takes: '<text>', read: String, of: 'some' },
  overrule: {
    does: 'the statements of which the database says otherwise, and that are meant all the same',
    takes: '<numbers>',
    read: readNumbers,
    of: 'some',
  },
  offline: { does: 'ask no database, even if one is named', read: readSwitch, of: 'some' },
  'fail-on': {
    does: 'exit with 1 from this severity on: error, warning (the default), note or never',
    takes: '<severity>',
    read: readSeverity,
    of: 'some',
  },
  sarif: { does: 'print what is found as SARIF, for code scanners', read: readSwitch, of: 'some' },
  github: { does: 'print what is found as annotations of a GitHub workflow', read: readSwitch, of: 'some' },
  unapplied: { does: 'no database has applied these files yet: do not look', read: readSwitch, of: 'some' },
} as const satisfies Readonly<Record<string, Option<unknown>>>;

export type OptionName = keyof typeof OPTIONS;

/** What was given on a command line. */
export type Options = { readonly [Name in OptionName]?: ReturnType<(typeof OPTIONS)[Name]['read']> };

/** An option as the parser and the help see it. */
export function optionOf(name: OptionName): Option<unknown> {
  return OPTIONS[name];
}

/** `lock-wait` by its own name or a short one; null when there is no such option. */
export function findOption(name: string): OptionName | null {
  const names = Object.keys(OPTIONS) as OptionName[];
  return names.find((one) => one === name || optionOf(one).short === name) ?? null;
}

/** Go writes `-v=false`, and so may whoever comes from goose (Go's strconv.ParseBool). */
function readSwitch(text: string): boolean {
  if (/^(1|t|true)$/i.test(text)) return true;
  if (/^(0|f|false)$/i.test(text)) return false;
  throw new Error('is a switch: it takes no value, or true or false after “=”');
}

/** A version as written on the command line: a number that fits into PostgreSQL's bigint. */
export function readVersion(text: string): bigint {
  if (/^\d{1,19}$/.test(text) && BigInt(text) < 2n ** 63n) return BigInt(text);
  throw new Error(
    'must be a version: the number at the beginning of a file’s name, as gander status lists it',
  );
}

const REPAIRS = ['drop', 'rebuild', 'validate', 'finish'] as const;

function readRepair(text: string): (typeof REPAIRS)[number] {
  const found = REPAIRS.find((how) => how === text);
  if (found !== undefined) return found;
  throw new Error(`must be one of ${REPAIRS.join(', ')}`);
}

const FAIL_ON = ['error', 'warning', 'note', 'never'] as const;

function readSeverity(text: string): (typeof FAIL_ON)[number] {
  const found = FAIL_ON.find((severity) => severity === text);
  if (found !== undefined) return found;
  throw new Error(`must be one of ${FAIL_ON.join(', ')}`);
}

/** `2,3` */
function readNumbers(text: string): readonly number[] {
  return text.split(',').map((one) => readNumber(one.trim()));
}

function readNumber(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new Error('must be a number from 1 on');
}
