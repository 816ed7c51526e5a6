const DRIVERS = /^(postgres|postgresql|pgx)$/;

/** goose's flags, which Go takes with one dash or two, and what they are called here. */
const LONG = new Set(['dir', 'table', 'allow-missing', 'version']);
/** Flags of single commands, which goose takes before the command as well. */
const OF_COMMANDS = new Set(['--allow-missing', '-s']);
const WITH_VALUE = new Set(['--dir', '--table', '--database', '--to', '--down']);

/**
 * Reads a command line as goose 3.27 takes it, so that `goose` in a deploy script can be replaced by `gander`:
 * `-dir migrations postgres "host=db1 dbname=shop" up` becomes `--dir migrations --database "host=…" up`. Pure.
 */
export function fromGoose(args: readonly string[]): string[] {
  const named = args.map((arg) => (LONG.has(nameOf(arg)) && !arg.startsWith('--') ? `-${arg}` : arg));
  const long = [
    ...named.filter((arg) => !OF_COMMANDS.has(arg)),
    ...named.filter((arg) => OF_COMMANDS.has(arg)),
  ];
  const at = long.findIndex((arg, index) => !arg.startsWith('-') && !WITH_VALUE.has(long[index - 1] ?? ''));
  const [driver, address] = [long[at], long[at + 1]];
  if (driver === undefined || address === undefined || !DRIVERS.test(driver)) return long;
  return [...long.slice(0, at), '--database', address, ...long.slice(at + 2)];
}

/** `dir` of `-dir` and of `-dir=x`. */
function nameOf(arg: string): string {
  return arg.startsWith('-') ? arg.slice(1).split('=')[0]! : '';
}
