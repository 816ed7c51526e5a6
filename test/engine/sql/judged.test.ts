// PostgreSQL's own parser on what is made of whole goose files; PostgreSQL's cutting of plain SQL is in statements.test.ts.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { Script } from '../../../server/engine/migration.ts';
import { normalise } from '../../../server/engine/sql/normalise.ts';
import { parseScript } from '../../../server/engine/sql/script.ts';
import { statementsOfPostgres, tokensOf } from '../../support/postgres-parser.ts';
import { root } from '../../support/root.ts';
import * as cases from '../goose-file-cases.ts';
import { ENV, generateFiles } from '../goose-generator.ts';

function read(file: string, text: string | Buffer, env: Readonly<Record<string, string>>): Script {
  return parseScript(normalise(Buffer.from(text), file), { file, env });
}

function assertWhole({ up, down }: Script, name: string): void {
  for (const { sql, parts } of [...up.statements, ...down.statements]) {
    assert.equal(statementsOfPostgres(sql).length, parts, `${name}: ${sql}`);
  }
}

test('every statement of a generated file is whole, and the file is the same SQL as its plain form', () => {
  for (let seed = 1; seed <= 10; seed++) {
    for (const { name, odd, plain } of generateFiles(seed, 50)) {
      const [script, same] = [read(name, odd, ENV), read(name, plain, ENV)];
      assertWhole(script, odd);
      assert.deepEqual(tokensIn(script), tokensIn(same), odd);
    }
  }
});

test('every statement of the files that are hard to read is whole', () => {
  for (const [title, text] of cases.SAME) assertWhole(read(title, text, cases.ENV), title);
  for (const [title, text] of cases.RUN_BY_GANDER) assertWhole(read(title, text, {}), title);
});

test('every statement of the example is whole', () => {
  const folder = path.join(root, 'migrations/example');
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.sql'))) {
    assertWhole(read(file, readFileSync(path.join(folder, file)), {}), file);
  }
});

function tokensIn({ up, down }: Script): string[][] {
  return [up, down].map(({ statements }) => statements.flatMap(({ sql }) => tokensOf(sql)));
}
