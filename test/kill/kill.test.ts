// A few of the kills of `npm run test:kill`, so that it cannot break unnoticed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serverUrl } from '../support/database.ts';
import { killAll, report } from './campaign.ts';
import { QUIET_WAYS } from './server.ts';

const KILLS = 20;

test('whenever the command or its sessions are killed, what is shown afterwards is true, and the way out leads to the end', async (t) => {
  const place = { server: serverUrl(), ways: QUIET_WAYS, crash: async () => {} };
  const campaign = await killAll([place, place], KILLS, Date.now() % 1_000_000);
  t.diagnostic(report(campaign));
  assert.ok([...campaign.hits.values()].reduce((sum, times) => sum + times, 0) >= KILLS);
});
