import assert from 'node:assert/strict';
import { test } from 'node:test';
import { escapeIdentifier, escapeLiteral } from 'pg';
import { quoteIdentifier, quoteLiteral } from '../../server/engine/quote.ts';
import { createDatabase } from '../support/database.ts';

const TEXTS = [
  '',
  'orders',
  'Order Items',
  `it's`,
  `"quoted"`,
  String.raw`C:\new`,
  `'; DROP TABLE x; --`,
  'ö$1$&',
  "\\'",
];

test('names and texts are quoted as pg quotes them', () => {
  for (const text of TEXTS) {
    assert.equal(quoteIdentifier(text), escapeIdentifier(text));
    assert.equal(quoteLiteral(text), escapeLiteral(text));
  }
});

test('the server reads the same text back, whatever standard_conforming_strings is', async (t) => {
  const database = await createDatabase(t);
  for (const text of TEXTS)
    for (const standard of ['on', 'off']) {
      const sql = `SET standard_conforming_strings = ${standard}; SET escape_string_warning = off; SELECT ${quoteLiteral(text)} AS text`;
      assert.deepEqual(await database.query(sql), [{ text }]);
    }
});
