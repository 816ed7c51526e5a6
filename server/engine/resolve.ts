import { GanderError } from './errors.ts';
import { type EngineOptions, observe, type RunRequest, withLockedSession } from './execute.ts';
import { title } from './plan.ts';
import type { Client } from './postgres.ts';
import { transaction } from './session.ts';
import type { MigrationState, State } from './state.ts';

/** What a person found in the database. */
export type Resolution = 'applied' | 'not applied';

/** See `Migrator.resolve`. */
export async function resolve(
  options: EngineOptions,
  version: bigint,
  resolution: Resolution,
  request: Pick<RunRequest, 'lockWait' | 'actor'>,
): Promise<void> {
  await withLockedSession(options, request, (client) =>
    transaction(client, async () => {
      const state = await observe(options, client, 'write');
      const dirty = requireDirty(state, version);
      const actor = request.actor ?? options.actor ?? 'gander';
      await (resolution === 'applied' ? keep(client, state, dirty, actor) : forget(client, state, version));
    }),
  );
}

function requireDirty({ migrations }: State, version: bigint): MigrationState {
  const found = migrations.find((one) => one.version === version);
  if (found === undefined) {
    throw new GanderError(
      'unknown_version',
      `There is no migration ${version}, neither in the folder nor in the history.`,
      {
        next: 'gander status lists them all.',
      },
    );
  }
  if (found.dirty === null) {
    throw new GanderError(
      'invalid_request',
      `${title(found)} is ${found.state}, not dirty: there is nothing to resolve.`,
    );
  }
  return found;
}

async function keep(client: Client, state: State, dirty: MigrationState, actor: string): Promise<void> {
  const { version, migration } = dirty;
  const runId = dirty.dirty?.runId ?? null;
  await record(client, state, version);
  if (migration !== null && runId !== null) {
    const { name, file, text, checksum } = migration;
    await state.journal.applied(client, {
      version,
      name,
      file,
      sql: text,
      checksum,
      runId,
      actor,
      tookMs: null,
      historyId: state.history.newestId,
    });
  }
  await state.journal.clearDirty(client, version);
}

/** A Down that failed half-way has left the record standing in goose's table: it is as it should be. */
async function record(client: Client, { history }: State, version: bigint): Promise<void> {
  const records = await history.read(client);
  const stands = records.some((one) => one.version === version && !one.dirty);
  if (!stands) await history.markApplied(client, version);
}

async function forget(client: Client, state: State, version: bigint): Promise<void> {
  await state.history.remove(client, version);
  await state.journal.rolledBack(client, version);
  await state.journal.clearDirty(client, version);
}
