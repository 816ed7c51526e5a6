import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CommandLine, parseCommandLine, UsageError } from '../../server/cli/arguments.ts';

const COMMANDS = ['up', 'up-to', 'down-to', 'status', 'create', 'fix', 'help'];

function parse(...args: string[]): CommandLine {
  return parseCommandLine(args, COMMANDS);
}

function refusal(...args: string[]): string {
  try {
    parse(...args);
  } catch (error) {
    assert.ok(error instanceof UsageError);
    return `${error.message} ${error.next}`;
  }
  return assert.fail(`${args.join(' ')} should have been refused`);
}

const READ: readonly [args: string[], command: string | null, words: string[], options: object][] = [
  [[], null, [], {}],
  [['up'], 'up', [], {}],
  // Go: one dash or two, a value after a space or `=`, anywhere in the line.
  [['-dir', 'm', 'up'], 'up', [], { dir: 'm' }],
  [['--dir=m', 'up'], 'up', [], { dir: 'm' }],
  [['up', '-dir', 'm', '-v'], 'up', [], { dir: 'm', verbose: true }],
  [['-v=false', 'up'], 'up', [], { verbose: false }],
  [['-s', 'create', 'x', 'sql'], 'create', ['x', 'sql'], { sequential: true }],
  [['create', 'x', 'sql', '-s'], 'create', ['x', 'sql'], { sequential: true }],
  [['-allow-missing', 'up'], 'up', [], { 'allow-missing': true }],
  [['-no-versioning', '-no-color', 'up'], 'up', [], { 'no-versioning': true, 'no-color': true }],
  [['-timeout', '1h13m', 'up'], 'up', [], { timeout: 4_380_000 }],
  [['create', '--', '-s'], 'create', ['-s'], {}],
  [['-table', '', 'up'], 'up', [], { table: '' }],
  // goose's driver and address before the command, or only one of them where the environment has the other.
  [['postgres', 'host=a dbname=b', 'up-to', '5'], 'up-to', ['5'], { database: 'host=a dbname=b' }],
  [['-dir', 'm', 'pgx', 'postgres://h/d', 'status'], 'status', [], { dir: 'm', database: 'postgres://h/d' }],
  [['postgres', 'up'], 'up', [], {}],
  [['host=a', 'up'], 'up', [], { database: 'host=a' }],
  [['postgres://h/d', 'up'], 'up', [], { database: 'postgres://h/d' }],
  [['postgres', 'shop', 'up'], 'up', [], { database: 'shop' }],
  [['postgres'], null, [], {}],
  [['postgres', 'postgres://h/d'], null, [], { database: 'postgres://h/d' }],
  [
    ['--database', 'postgres://mine/d', 'postgres', 'host=a', 'up'],
    'up',
    [],
    { database: 'postgres://mine/d' },
  ],
  [['create', 'postgres', 'sql'], 'create', ['postgres', 'sql'], {}],
  [['--dir', 'postgres', 'up'], 'up', [], { dir: 'postgres' }],
  // Times, as PostgreSQL and Go write them.
  [['up', '--lock-wait', '0', '--lock-timeout=500ms'], 'up', [], { 'lock-wait': 0, 'lock-timeout': 500 }],
  [['up', '--statement-timeout', '1.5h'], 'up', [], { 'statement-timeout': 5_400_000 }],
  [['status', '--to', '9223372036854775807'], 'status', [], { to: 9_223_372_036_854_775_807n }],
];

test('a command line of goose is read as goose reads it, and one of Gander’s the same way', () => {
  for (const [args, command, words, options] of READ) {
    const { form: _form, ...read } = parse(...args);
    assert.deepEqual(read, { command, words, options }, args.join(' '));
  }
});

test('a driver or an address before the command makes it goose’s', () => {
  assert.equal(parse('-dir', 'm', 'up').form, 'gander');
  assert.equal(parse('--database', 'host=a', 'up').form, 'gander');
  assert.equal(parse('postgres', 'up').form, 'goose');
  assert.equal(parse('host=a', 'up').form, 'goose');
});

test('what cannot be read is refused in a sentence that says what is allowed', () => {
  const cases: readonly [string[], RegExp][] = [
    [['fly'], /^There is no command fly\. gander --help/],
    [['stauts'], /^There is no command stauts\. Is it status\?$/],
    [['up', '--tabel', 'x'], /^There is no option --tabel\. Is it --table\?$/],
    [['up', '-fast'], /^There is no option --fast\. gander --help/],
    [['up', '--dir'], /^--dir needs its <folder>\./],
    [['up', '--timeout', '30'], /^--timeout must be a time with its unit, like 500ms, 30s, 10min or 1h30m/],
    [['up', '--timeout', '5 parsecs'], /^--timeout must be a time/],
    [['up', '--lock-wait', '1000h'], /^--lock-wait must be less than 25 days/],
    [['up', '--json=yes'], /^--json is a switch/],
    [['status', '--to', 'x'], /^--to must be a version/],
    [['status', '--to', '9223372036854775808'], /^--to must be a version/],
    [['status', '--from', '0'], /^--from must be a number from 1 on/],
    // What goose has and Gander has not.
    [['mysql', 'user:secret@/db', 'up'], /^Gander is for PostgreSQL only, not for mysql\. Keep goose/],
    [['redshift', 'postgres://h/d', 'up'], /^Gander is for PostgreSQL only, not for redshift/],
    [['-certfile', 'ca.pem', 'up'], /^-certfile does nothing here\. .*sslrootcert=/],
    [['-ssl-key=x', 'up'], /^-ssl-key does nothing here\. .*sslkey=/],
    [['init'], /^gander has no command init\. gander create NAME makes the folder too/],
    [['env'], /^gander has no command env\. It would print the password/],
    [['beta', 'drivers'], /^gander has no command beta\. There are no drivers/],
  ];
  for (const [args, expected] of cases) assert.match(refusal(...args), expected, args.join(' '));
});

test('an address is never repeated, wherever it was put', () => {
  const address = 'postgres://app:hunter2@db1/shop';
  for (const args of [
    [address, 'fly'],
    ['postgres', address, 'fly'],
    ['app:hunter2@db1', 'up'],
    [`--databse=${address}`, 'up'],
    [`--${address}`],
    ['up', `--timeout=${address}`],
    ['mysql', 'app:hunter2@/shop', 'up'],
    ['postgres', address, address],
  ])
    assert.doesNotMatch(refusal(...args), /hunter2/, args.join(' '));
});
