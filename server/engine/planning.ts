import type { GanderError } from './errors.ts';
import type { ResolutionRecord } from './journal/index.ts';
import type { Migration } from './migration.ts';
import { lookAround, readState, type Surroundings } from './observe.ts';
import type { EngineOptions } from './options.ts';
import { makePlan, type Plan, type PlanRequest, type StoredMigrations } from './plan.ts';
import type { Client } from './postgres.ts';
import type { Source } from './source.ts';
import { checksum as checksumOf } from './sql/checksum.ts';
import type { State } from './state.ts';

/** A plan and the state it was made of, read at the same moment. */
export interface Decision {
  readonly state: State;
  readonly plan: Plan;
  /** How and why it gets a migration out of dirty; absent for an ordinary run. */
  readonly resolution?: ResolutionRecord;
}

/** Reads the state and makes the plan for it. @throws what `makePlan` throws */
export async function planNow(
  options: EngineOptions,
  client: Client,
  request: PlanRequest,
  use: 'read' | 'write' = 'read',
  surroundings?: Surroundings,
): Promise<Decision> {
  const around = surroundings ?? (await lookAround(client, options, use));
  const state = await readState(client, options.source, around);
  const stored = request.direction === 'down' ? await readStored(options.source, client, state) : new Map();
  return { state, plan: makePlan(state, request, stored) };
}

/** What the journal kept of migrations whose files are gone. A text that is not what ran is not used. */
export async function readStored(source: Source, client: Client, state: State): Promise<StoredMigrations> {
  const missing = state.migrations.filter(
    ({ fileState, applied }) => fileState === 'missing' && applied !== null,
  );
  const texts = await state.journal.storedTexts(
    client,
    missing.map(({ version }) => version),
  );
  const parsed = new Map<bigint, Migration | GanderError>();
  for (const [version, { name, file, sql, checksum }] of texts) {
    if (checksumOf(sql) !== checksum) continue;
    const found = await source.parse({ version, name, file }, sql);
    parsed.set(version, 'problem' in found ? found.problem : found);
  }
  return parsed;
}
