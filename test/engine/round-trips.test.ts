// What a distant database makes dear is counted here, so that nobody adds to it without noticing.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { createDatabase } from '../support/database.ts';
import { countRoundTrips, type RoundTrips } from '../support/round-trips.ts';

let counted: RoundTrips;

before(async () => {
  counted = await countRoundTrips((await createDatabase()).url);
});

test('a migration in a transaction costs less than one round trip, however many statements it has', () => {
  assert.ok(counted.perMigration < 1, `${counted.perMigration}`);
});

test('a start that finds nothing to do costs at most four round trips, two of them for opening and closing the connection', () => {
  assert.ok(counted.nothingPending <= 2, `${counted.nothingPending} between opening and closing`);
});
