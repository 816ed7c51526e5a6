import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse, refusal, sent, up } from './parse.ts';

const ENV = {
  FOO: 'foo val',
  EMPTY: '',
  NAME_2: 'x',
  Größe: 'L',
  BYTES: 'aé',
  SEMI: 'a; b',
  QUOTE: "o'clock",
};

const on = (sql: string) => `-- +goose ENVSUB ON\n${up(sql)}`;

const values: [written: string, sent: string][] = [
  ['$FOO', 'foo val'],
  ['${FOO}', 'foo val'],
  ['a${FOO}b$FOO-c', 'afoo valbfoo val-c'],
  ['$NAME_2', 'x'],
  ['$Größe', 'L'],
  ['[$UNSET][${UNSET}][$EMPTY]', '[][][]'],
  ['${UNSET:-d}${EMPTY:-e}${FOO:-f}', 'defoo val'],
  ['${UNSET-d}${EMPTY-e}${FOO-f}', 'dfoo val'],
  ['${UNSET:-}${UNSET-}', ''],
  ['${UNSET:-a b$$c\\$d$(e)}', 'a b$c$d$(e)'],
  ['${UNSET:-${EMPTY:-${FOO}!}}', 'foo val!'],
  ['${FOO:-${UNSET?never asked}}', 'foo val'],
  ['${FOO?message}${EMPTY?message}', 'foo val'],
  ['${FOO:0:3}|${FOO:4}|${FOO:4:99}|${FOO:99}|${FOO:0:0}', 'foo|val|val||'],
  ['${FOO: -3}|${FOO:-3}|${FOO: -3:2}|${FOO: -99:2}', 'val|foo val|va|fo'],
  ['${FOO:0:-4}|${FOO:2:-99}|${FOO: 1 : 2 }|${FOO:+1:+2}', 'foo||oo|oo'],
  ['${BYTES:1}', 'é'],
  ['${UNSET:0:3}', ''],
  ['$$FOO \\$FOO $$$$', '$FOO $FOO $$'],
  ['$(FOO) a$', '$(FOO) a$'],
  ['\\\\ \\n \\', '\\\\ \\n \\'],
  ['constructor: ${constructor}${toString}', 'constructor: '],
];

for (const [written, wanted] of values) {
  test(`ENVSUB makes ${JSON.stringify(wanted)} of ${written}`, () => {
    assert.deepEqual(sent(on(`SELECT "${written}\n";`), ENV), [`SELECT "${wanted}\n"`]);
  });
}

const refused: [written: string, message: RegExp, column: number][] = [
  ['${UNSET?set it: $FOO}', /UNSET is not set: set it: \$FOO\./, 9],
  ['${UNSET?}', /UNSET is not set: it is required\./, 9],
  ['é😀${UNSET:-${UNSET?no}}', /UNSET is not set: no\./, 20],
  ['${FOO:?message}', /offset, a whole number, not `\?message`/, 9],
  ['${FOO:1:x}', /not `x`/, 9],
  ['${FOO', /has no closing|After the name/, 9],
  ['${FOO:-a', /`\$\{FOO` has no closing brace/, 9],
  ['${FOO+x}', /After the name of a variable/, 9],
  ['$1', /no name/, 9],
  ['$ ', /no name/, 9],
  ['${_X}', /no name/, 9],
  ['${}', /no name/, 9],
  ['${UNSET:-$}', /no name/, 18],
  ['${BYTES:0:2}', /cuts a character/, 9],
];

for (const [written, message, column] of refused) {
  test(`ENVSUB refuses ${written}`, () => {
    const answer = refusal(() => parse(on(`SELECT "${written}";`), ENV));
    assert.match(answer.message, message);
    assert.equal(answer.where, `1_a.sql:3:${column}`);
  });
}

test('no value gets into a refusal', () => {
  const answer = refusal(() => parse(on('SELECT ${UNSET?$FOO}, "$FOO;'), ENV));
  assert.doesNotMatch(JSON.stringify(answer), /foo val/);
});

test('it is off until ON and after OFF, also inside of a block', () => {
  const text = up('SELECT $a$ $FOO\n-- +goose ENVSUB ON\n$FOO $$a\n-- +goose ENVSUB OFF\n$FOO $a$;');
  assert.deepEqual(sent(text, ENV), ['SELECT $a$ $FOO\nfoo val $a\n$FOO $a$']);
});

test('comments before a statement are left alone, those inside are not', () => {
  assert.deepEqual(sent(on('-- ${UNSET?x} $1\nSELECT 1;\n\n-- $\n'), ENV), ['SELECT 1']);
  assert.match(refusal(() => parse(on('SELECT 1\n-- $1\n;'), ENV)).message, /no name/);
});

test('a value may hold the end of a statement, or nothing', () => {
  const { statements } = parse(on('SELECT $SEMI;\nSELECT 2 ${UNSET:-;}\n${UNSET}\nSELECT 3;'), ENV).up;
  assert.deepEqual(
    statements.map(({ sql }) => sql),
    ['SELECT a', 'b', 'SELECT 2', 'SELECT 3'],
  );
  assert.deepEqual(
    statements.map(({ text }) => text),
    ['SELECT $SEMI', '$SEMI', 'SELECT 2', 'SELECT 3'],
  );
});

test('what is written keeps the variables, and what was put in is told as secrets', () => {
  const script = parse(
    on("SELECT '$FOO', '$FOO', '${FOO:4}', '$EMPTY', '${UNSET:-d}';\n-- +goose Down\nSELECT '${NAME_2}';"),
    ENV,
  );
  assert.equal(script.up.statements[0]?.text, "SELECT '$FOO', '$FOO', '${FOO:4}', '$EMPTY', '${UNSET:-d}'");
  assert.deepEqual(script.secrets, [
    { name: 'FOO', value: 'foo val' },
    { name: 'FOO', value: 'val' },
    { name: 'NAME_2', value: 'x' },
  ]);
});

test('a value in place of a name is not told as the object, nor as the kind', () => {
  const script = parse(
    on('CREATE TABLE app_${NAME_2}.t$NAME_2 (a int);\n$FOO t;\nCREATE $NAME_2 y;\n$SEMI;'),
    ENV,
  );
  const told = script.up.statements.map(({ kind, object }) => [kind, object]);
  assert.deepEqual(told.slice(0, 3), [
    ['create table', 'app_${NAME_2}.t$NAME_2'],
    ['other', null],
    ['create', null],
  ]);
});
