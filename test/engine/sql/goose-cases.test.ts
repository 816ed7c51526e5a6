import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { normalise } from '../../../server/engine/sql/normalise.ts';
import { parseScript } from '../../../server/engine/sql/script.ts';
import { tokensOf } from '../../support/postgres-parser.ts';
import { root } from '../../support/root.ts';
import { refusal } from './parse.ts';

interface Outcome {
  readonly statements: readonly string[];
  readonly transaction: boolean;
  readonly error: string | null;
}

interface Case {
  readonly name: string;
  readonly file: string | { readonly hex: string };
  readonly goose: { readonly up: Outcome; readonly down: Outcome };
}

const ENV = { FOO: 'foo val', EMPTY: '', Q: "a'b;c" };

/** Files that goose runs and Gander refuses, with the reason. */
const refused: Readonly<Record<string, RegExp>> = {
  up_upper: /takes `-- \+GOOSE DOWN` for a comment/,
  env_value_semicolon: /The string that begins here is not closed/,
  meta_cmd: /a command of psql/,
  invalid_utf8: /not UTF-8/,
  nul: /NUL byte/,
  begin_commit: /BEGIN takes the transaction/,
};

/** Files that goose refuses, and what Gander runs for their Up. */
const accepted: Readonly<Record<string, readonly string[]>> = {
  bom: ['SELECT 1'],
  bom_blank_first: ['SELECT 1'],
  bom_comment_first: ['SELECT 1'],
};

/** Files that goose would send broken to the server: what Gander runs, and the line of its warning. */
const mended: Readonly<Record<string, { readonly statements: readonly string[]; readonly line: number }>> = {
  semi_in_string_eol: { statements: ["INSERT INTO t VALUES ('a;\nb')"], line: 2 },
  semi_in_block_comment: { statements: ['SELECT 1'], line: 2 },
  dollar_no_block: {
    statements: ['CREATE FUNCTION f() RETURNS void AS $$\nBEGIN\n  NULL;\nEND;\n$$ LANGUAGE plpgsql'],
    line: 4,
  },
  atomic: { statements: ['CREATE FUNCTION f() RETURNS int BEGIN ATOMIC\n SELECT 1;\nEND'], line: 3 },
};

const { cases } = JSON.parse(readFileSync(path.join(root, 'test/cases/goose-cases.json'), 'utf8')) as {
  readonly cases: readonly Case[];
};

for (const { name, file, goose } of cases) {
  const read = () => {
    const bytes = typeof file === 'string' ? Buffer.from(file) : Buffer.from(file.hex, 'hex');
    return parseScript(normalise(bytes, name), { file: name, env: ENV });
  };
  const reason = refused[name];
  const mend = mended[name];
  const statements = accepted[name] ?? mend?.statements;

  if (reason !== undefined) {
    test(`${name}: refused, though goose runs it`, () => {
      assert.equal(goose.up.error, null);
      assert.match(refusal(read).message, reason);
    });
  } else if (statements !== undefined) {
    test(`${name}: runs, though goose would fail`, () => {
      const { up, down, warnings } = read();
      assert.deepEqual(
        up.statements.map(({ sql }) => sql),
        statements,
      );
      assert.deepEqual(down.statements, []);
      assert.deepEqual(
        warnings.map(({ line }) => line),
        mend === undefined ? [] : [mend.line],
      );
    });
  } else if (goose.up.error !== null || goose.down.error !== null) {
    test(`${name}: refused, as by goose`, () => {
      const { where, next } = refusal(read);
      assert.match(where ?? '', /:\d+:\d+$/);
      assert.ok(next);
    });
  } else {
    test(`${name}: runs the same SQL as goose`, () => {
      const script = read();
      assert.equal(script.transaction, goose.up.transaction);
      for (const direction of ['up', 'down'] as const) {
        const own = script[direction].statements.map(({ sql }) => sql);
        assert.deepEqual(own.flatMap(tokensOf), goose[direction].statements.flatMap(tokensOf));
      }
      assert.deepEqual(script.warnings, []);
    });
  }
}

test('every exception names a case', () => {
  const names = new Set(cases.map(({ name }) => name));
  const unknown = [refused, accepted, mended].flatMap(Object.keys).filter((name) => !names.has(name));
  assert.deepEqual(unknown, []);
  assert.equal(cases.length, 101);
});
