import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_SETTINGS, type Settings } from '../../../server/engine/migration.ts';
import { parse, refusal, sent, up, upWithoutTransaction } from './parse.ts';

function settings(text: string, env: Readonly<Record<string, string>> = {}): Partial<Settings> {
  const all = Object.entries(parse(text, env).settings);
  return Object.fromEntries(
    all.filter(([name, value]) => value !== DEFAULT_SETTINGS[name as keyof Settings]),
  );
}

const head = (line: string) => `${line}\n${up('SELECT 1;')}`;
const block = (sql: string) => `-- +goose StatementBegin\n${sql}\n-- +goose StatementEnd`;

test('a file without annotations of Gander asks for nothing', () => {
  assert.deepEqual(parse(up('SELECT 1; -- 1+gander')).settings, DEFAULT_SETTINGS);
  assert.deepEqual(DEFAULT_SETTINGS, {
    lockTimeout: null,
    statementTimeout: null,
    outOfOrder: false,
    allowances: [],
  });
});

test('a file may ask for all of them at once', () => {
  const text = `-- +gander LOCK TIMEOUT 30s\n-- +gander STATEMENT TIMEOUT 10min\n-- +gander OUT OF ORDER\n${up('')}`;
  assert.deepEqual(settings(text), { lockTimeout: 30_000, statementTimeout: 600_000, outOfOrder: true });
});

test('what advice need not be given is allowed as often as needed, and nobody is stopped by one that is wrong', () => {
  const text = `-- +gander ALLOW drop-table: nobody reads it: since May\n-- +gander allow Cascade\n${up('\n-- +gander ALLOW\nSELECT 1;')}`;
  assert.deepEqual(parse(text).settings.allowances, [
    { rule: 'drop-table', reason: 'nobody reads it: since May', line: 1 },
    { rule: 'cascade', reason: '', line: 2 },
    { rule: '', reason: '', line: 5 },
  ]);
});

const times: [written: string, ms: number][] = [
  ['250ms', 250],
  ['30s', 30_000],
  ['10min', 600_000],
  ['2h', 7_200_000],
  ['1d', 86_400_000],
  ['0', 0],
  ['0s', 0],
  ['30 s', 30_000],
  ['10MIN', 600_000],
  ['2147483647ms', 2_147_483_647],
];

for (const [written, ms] of times) {
  test(`LOCK TIMEOUT ${written} is ${ms} milliseconds`, () => {
    assert.deepEqual(settings(head(`-- +gander LOCK TIMEOUT ${written}`)), { lockTimeout: ms });
  });
}

const forms = [
  '--+gander lock timeout 1s',
  '-- +gander Lock Timeout 1s',
  '--\t+gander\tLOCK \t TIMEOUT\t1s\t ',
  '  -- +gander LOCK TIMEOUT 1s',
  '-- +GANDER LOCK TIMEOUT 1s',
  '---- +gander LOCK TIMEOUT 1s',
  '-- +gander LOCK TIMEOUT 1s\r',
];

for (const line of forms) {
  test(`${JSON.stringify(line)} is read`, () =>
    assert.deepEqual(settings(head(line)), { lockTimeout: 1000 }));
}

const LINE = '-- +gander LOCK TIMEOUT 1s';

const places: [where: string, text: string][] = [
  ['above Up', head(LINE)],
  ['above Up, below a comment with an apostrophe', `-- don't /*\n${head(LINE)}`],
  ['below Up', up(`${LINE}\nSELECT 1;`)],
  ['between statements', up(`SELECT 1;\n${LINE}\nSELECT 2;`)],
  ['inside of a statement', up(`SELECT 1,\n${LINE}\n2;`)],
  ['at the end of the file', `${up('SELECT 1;')}${LINE}`],
  ['in a block', up(block(`SELECT 1;\n${LINE}\nSELECT 2;`))],
  ['in Down', up(`SELECT 1;\n-- +goose Down\n${LINE}\nSELECT 2;`)],
  ['in a file without a transaction', upWithoutTransaction(LINE)],
  ['below a dollar that ENVSUB takes away', `-- +goose ENVSUB ON\n${up(`SELECT $$$$it's$$$$;\n${LINE}`)}`],
  ['between two variables', `-- +goose ENVSUB ON\n${up(`SELECT $A$B;\n${LINE}\nSELECT $A$B;`)}`],
];

for (const [where, text] of places) {
  test(`an annotation ${where} holds for the file`, () => {
    assert.deepEqual(settings(text, { A: '1', B: '2' }), { lockTimeout: 1000 });
  });
}

const elsewhere: [what: string, text: string][] = [
  ['a string', up(`SELECT '\n${LINE}\n';`)],
  ['a body', up(`DO $$\n${LINE}\nBEGIN END $$;`)],
  ['a body in a block', up(block(`DO $$ BEGIN\n${LINE}\nEND $$;`))],
  ['a block comment', up(`/*\n${LINE}\n*/ SELECT 1;`)],
  ['a block comment in a block comment', up(`/* /* */\n${LINE}\n*/ SELECT 1;`)],
  ['a quoted name', up(`SELECT 1 AS "\n${LINE}\n";`)],
  ['a line that is commented out', head(`-- ${LINE}`)],
  ['the value of a variable', `-- +goose ENVSUB ON\n${up('$V\nSELECT 1;')}`],
];

for (const [what, text] of elsewhere) {
  test(`${what} is no place for an annotation, and nothing is read`, () => {
    assert.deepEqual(settings(text, { V: LINE }), {});
  });
}

test('an annotation inside of a statement is sent along with it, as the comment that it is', () => {
  assert.deepEqual(sent(up(`SELECT 1,\n${LINE}\n2;`)), [`SELECT 1,\n${LINE}\n2`]);
});

const UNITS = /a whole number and one of the units ms, s, min, h, d: .* or 0 for no limit/;
const ALLOWED =
  /`-- \+gander LOCK TIMEOUT 30s`, `-- \+gander STATEMENT TIMEOUT 10min`, `-- \+gander OUT OF ORDER`/;

const refused: [title: string, text: string, message: RegExp, where: string, next: RegExp][] = [
  ['an unknown word', head('-- +gander PERMIT drop'), /of Gander: `-- \+gander PERMIT drop`/, '1:1', ALLOWED],
  ['a misspelt one', up('SELECT 1;\n-- +gander LOCK TIMOUT 3s'), /LOCK TIMOUT/, '3:1', ALLOWED],
  ['nothing after +gander', head('  -- +gander'), /of Gander: `-- \+gander`/, '1:3', ALLOWED],
  ['words that are glued together', head('-- +gander LOCK TIMEOUT3s'), /TIMEOUT3s/, '1:1', ALLOWED],
  ['no time', head('-- +gander LOCK TIMEOUT '), /^LOCK TIMEOUT without a time\.$/, '1:24', UNITS],
  [
    'minutes as m',
    head('-- +gander STATEMENT TIMEOUT 5m'),
    /^Not a time for STATEMENT TIMEOUT: `5m`/,
    '1:30',
    /^Minutes are written `min`\. /,
  ],
  ['a number without a unit', head('-- +gander LOCK TIMEOUT 30'), /`30`/, '1:25', UNITS],
  ['a negative time', head('-- +gander LOCK TIMEOUT -1s'), /`-1s`/, '1:25', UNITS],
  ['a fraction', head('-- +gander LOCK TIMEOUT 1.5s'), /`1\.5s`/, '1:25', UNITS],
  ['a unit of no kind', head('-- +gander LOCK TIMEOUT 3 geese'), /`3 geese`/, '1:25', UNITS],
  ['a unit that objects have', head('-- +gander LOCK TIMEOUT 3constructor'), /`3constructor`/, '1:25', UNITS],
  ['a time with a variable', head('-- +gander LOCK TIMEOUT ${T}'), /`\$\{T\}`/, '1:25', UNITS],
  ['two times', head('-- +gander LOCK TIMEOUT 1s 2s'), /`1s 2s`/, '1:25', UNITS],
  [
    'a time that PostgreSQL cannot hold',
    head('-- +gander LOCK TIMEOUT 25d'),
    /`25d` is longer than PostgreSQL can wait/,
    '1:25',
    /24d/,
  ],
  ['one millisecond too many', head('-- +gander LOCK TIMEOUT 2147483648ms'), /longer/, '1:25', /24d/],
  [
    'more after OUT OF ORDER',
    head('-- +gander OUT OF ORDER please'),
    /^`please` after `-- \+gander OUT OF ORDER`/,
    '1:25',
    /Nothing/,
  ],
  [
    'a second one',
    up(`${LINE}\nSELECT 1;\n-- +gander lock timeout 2s`),
    /^A second `-- \+gander LOCK TIMEOUT`: there is one in line 2\./,
    '4:1',
    /Keep one/,
  ],
  [
    'one in Up and one in Down',
    up(`${LINE}\n-- +goose Down\n${LINE}`),
    /there is one in line 2/,
    '4:1',
    /whole file/,
  ],
  [
    'one at the end of a line of SQL',
    up(`SELECT 'é'; ${LINE}`),
    /^`-- \+gander LOCK TIMEOUT 1s` is at the end of a line/,
    '2:13',
    /line of its own/,
  ],
  [
    'SQL before it on its line, even if it comes to nothing',
    `-- +goose ENVSUB ON\n${up(`$NONE ${LINE}\nSELECT 1;`)}`,
    /at the end of a line/,
    '3:7',
    /line of its own/,
  ],
];

for (const [title, text, message, where, next] of refused) {
  test(`${title} is refused with its place and what is allowed`, () => {
    const answer = refusal(() => parse(text));
    assert.match(answer.message, message);
    assert.equal(answer.where, `1_a.sql:${where}`);
    assert.match(answer.next ?? '', next);
  });
}

for (const line of [
  '-- gander LOCK TIMEOUT 3s',
  '-- + gander out of order',
  '-- gander ALLOW drop-table: nobody reads it',
  '/* +gander STATEMENT TIMEOUT 0 */',
]) {
  test(`${JSON.stringify(line)} is a comment, with a warning`, () => {
    const { settings: read, warnings } = parse(up(`${line}\nSELECT 1;`));
    assert.deepEqual(read, DEFAULT_SETTINGS);
    assert.deepEqual(
      warnings.map(({ line: at }) => at),
      [2],
    );
    assert.match(warnings[0]?.message ?? '', /is a comment; an annotation is written `-- \+gander …`/);
  });
}

test('talk of ganders is nothing to warn of', () => {
  assert.deepEqual(parse(up("-- the gander locks\nSELECT 'gander lock timeout';")).warnings, []);
});
