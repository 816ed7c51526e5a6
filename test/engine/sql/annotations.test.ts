import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse, refusal, sent, up } from './parse.ts';

const refused: [title: string, text: string, message: RegExp, where: string, next?: RegExp][] = [
  ['an unknown word', up('-- +goose Upp'), /knows: `-- \+goose Upp`/, '2:1', /`-- \+goose StatementBegin`/],
  ['nothing after +goose', '-- +goose\n', /knows: `-- \+goose`/, '1:1'],
  ['two annotations in a line', '-- +goose Up +goose Down', /More than one/, '1:1'],
  ['a tab before the annotation', '-- +goose Up\n\t-- +goose Down\n', /White space before/, '2:1'],
  ['a trailing word', '-- +goose Up now\n', /knows: `-- \+goose Up now`/, '1:1'],
  ['two spaces in NO  TRANSACTION', '-- +goose NO  TRANSACTION\n', /knows/, '1:1'],
  [
    '+GOOSE for a word that is an annotation',
    up('-- +GOOSE no transaction'),
    /for a comment/,
    '2:1',
    /Write `-- \+goose NO TRANSACTION`/,
  ],
  ['+Goose with leading spaces', up('  -- +Goose Down'), /for a comment/, '2:1', /Write `-- \+goose Down`/],
  ['+GOOSE inside of a body', up('DO $$\n--+GOOSE Down\n$$;'), /for a comment/, '3:1'],
  ['a second Up', '-- +goose Up\n-- +goose Up\n', /A second Up/, '2:1'],
  ['Up after Down', '-- +goose Up\n-- +goose Down\n-- +goose Up\n', /A second Up: .* line 1/, '3:1'],
  ['Up in a block', up('-- +goose StatementBegin\n-- +goose Up'), /A second Up/, '3:1'],
  ['a second Down', '-- +goose Up\n-- +goose Down\n-- +goose Down\n', /A second Down: .* line 2/, '3:1'],
  ['Down before Up', '-- +goose Down\n', /Down comes before Up/, '1:1'],
  [
    'Down in a block',
    up('-- +goose StatementBegin\n-- +goose Down'),
    /Down inside the block that began in line 2/,
    '3:1',
  ],
  ['a block before Up', '-- +goose StatementBegin\n', /StatementBegin comes before Up/, '1:1'],
  ['a block in a block', up('-- +goose StatementBegin\n-- +goose StatementBegin'), /inside the block/, '3:1'],
  ['a block without an end', up('-- +goose StatementBegin\nSELECT 1;'), /has no end/, '2:1'],
  ['the end of no block', up('-- +goose StatementEnd'), /without StatementBegin/, '2:1'],
  ['SQL before Up', '\nSELECT 1;\n-- +goose Up\n', /SQL before `-- \+goose Up`: `SELECT 1;`/, '2:1'],
  ['a file without Up', '-- just a comment\n\n', /has no `-- \+goose Up`/, '1:1'],
];

for (const [title, text, message, where, next = /./] of refused) {
  test(`${title} is refused`, () => {
    const answer = refusal(() => parse(text));
    assert.match(answer.message, message);
    assert.equal(answer.where, `1_a.sql:${where}`);
    assert.match(answer.next ?? '', next);
  });
}

const accepted = [
  '-- +goose Up',
  '--+goose up',
  '--\t+goose\tUP  ',
  '-- +gooseUp',
  '---- +goose Up ----',
  '--\u{a0}+goose Up',
  '\u{a0}-- +goose Up',
  '\v-- +goose Up',
  '-- Up +goose',
];

for (const line of accepted) {
  test(`${JSON.stringify(line)} is read as Up, as goose does`, () => {
    const { up: section } = parse(`-- before\n\n${line}\nSELECT 1;\n`);
    assert.deepEqual([section.line, section.statements.length], [3, 1]);
  });
}

const comments = [
  '-- goose is a bird',
  '-- +GOOSE',
  '-- see +GOOSE DOWN there',
  'SELECT 2; -- +goose Down',
  '/* +goose Down */',
  '-- +GOOSE DOWNWARDS',
];

for (const line of comments) {
  test(`${JSON.stringify(line)} is no annotation`, () => {
    const { down, warnings } = parse(up(`${line}\nSELECT 1;`));
    assert.equal(down.line, null);
    assert.deepEqual(warnings, []);
  });
}

for (const line of ['-- goose Down', '-- + goose down', '--goose StatementEnd']) {
  test(`${JSON.stringify(line)} is a comment, with a warning`, () => {
    const { warnings } = parse(up(`${line}\nSELECT 1;`));
    assert.deepEqual(
      warnings.map(({ file, line: at }) => [file, at]),
      [['1_a.sql', 2]],
    );
    assert.match(warnings[0]?.message ?? '', /is a comment; an annotation is written/);
  });
}

test('NO TRANSACTION anywhere in the file is for both directions', () => {
  for (const text of [
    '-- +goose NO TRANSACTION\n-- +goose Up\n',
    up('-- +goose Down\n-- +goose no transaction'),
  ]) {
    assert.equal(parse(text).transaction, false);
  }
  assert.equal(parse(up('')).transaction, true);
});

test('an empty Up and a missing Down are sections without statements', () => {
  const script = parse('-- +goose Up\n');
  assert.deepEqual(script.up, { line: 1, statements: [] });
  assert.deepEqual(script.down, { line: null, statements: [] });
});

test('an annotation inside of a body is one, and is not sent', () => {
  const text = up(
    '-- +goose StatementBegin\nDO $$\n-- +goose NO TRANSACTION\nBEGIN END $$;\n-- +goose StatementEnd',
  );
  const script = parse(text);
  assert.equal(script.transaction, false);
  assert.equal(script.up.statements[0]?.sql, 'DO $$\nBEGIN END $$');
  assert.equal(script.up.statements[0]?.text, 'DO $$\n-- +goose NO TRANSACTION\nBEGIN END $$');
});

test('an annotation that ends the section inside of a string is named in the refusal', () => {
  const answer = refusal(() => parse(up("SELECT '\n-- +goose Down\n';")));
  assert.match(answer.message, /string that begins here is not closed before `-- \+goose Down` in line 3/);
  assert.match(answer.next ?? '', /an annotation is one also inside of a string/);
  assert.equal(answer.where, '1_a.sql:2:8');
});

test('an empty block swallows nothing, and the warning says that goose would', () => {
  for (const inside of ['', '-- only a comment\n', '\n']) {
    const text = up(`-- +goose StatementBegin\n${inside}-- +goose StatementEnd\nSELECT 1;`);
    assert.deepEqual(sent(text), ['SELECT 1']);
    assert.match(parse(text).warnings[0]?.message ?? '', /goose would skip `SELECT 1;`/);
  }
});

test('after an empty block only one line is swallowed by goose, and only that is warned of', () => {
  const text = up('-- +goose StatementBegin\n-- +goose StatementEnd\nSELECT 1\n-- c\nSELECT 2;');
  assert.deepEqual(
    parse(text).warnings.map(({ line }) => line),
    [4],
  );
});

test('an empty block before another block or Down is nothing to warn of', () => {
  const block = '-- +goose StatementBegin\n-- +goose StatementEnd\n';
  const { warnings, up: section, down } = parse(up(`${block}-- x\n${block}-- +goose Down\nSELECT 1;`));
  assert.deepEqual([warnings.length, section.statements.length, down.statements.length], [0, 0, 1]);
});
