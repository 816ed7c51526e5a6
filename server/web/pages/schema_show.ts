import {
  type ChangeRecord,
  diffSchemas,
  GanderError,
  type RecordedSchema,
  type SchemaDiff,
  type SchemaObject,
} from '../../engine/index.ts';
import { WebError } from '../errors.ts';
import { moment } from '../format.ts';
import { changesView } from '../schema/changes-view.ts';
import { pictureOf } from '../schema/picture.ts';
import { schemaView } from '../schema/schema-view.ts';
import type { Services } from '../services.ts';
import type { Answer, Page } from '../visit.ts';

/** Somebody's lock is not waited for longer than this: what is recorded is shown then. */
const LOCK_TIMEOUT_MS = 150;

/** GET /schema: as it is now; where that cannot be read, as it was recorded last. */
export const showSchema: Page = async (_visit, { schemas }): Promise<Answer> => {
  const recorded = await schemas.recorded(null);
  const now = await schemas.now(LOCK_TIMEOUT_MS).catch((error: unknown) => {
    if (recorded !== null && error instanceof GanderError && error.code === 'busy') return null;
    throw error;
  });
  const kept = recorded?.objects.map(({ object }) => object) ?? [];
  const drift = now === null || recorded === null ? [] : diffSchemas(kept, now, 'same database');
  return page({
    title: 'Schema',
    lead: now === null ? 'As it was recorded last: it is locked just now.' : 'As it is now.',
    objects: now ?? kept,
    recorded,
    drift,
    version: null,
  });
};

/** GET /schema/:version: as it was after a migration; GET /schema/:a...:b: what is different between two. */
export const showSchemaAt: Page = async (visit, services): Promise<Answer> => {
  const range = /^(\d{1,19})(?:\.\.\.(\d{1,19}))?$/.exec(visit.params['version'] ?? '');
  if (range === null) throw notThere('There is no such version.');
  const [from, to] = [BigInt(range[1]!), range[2] === undefined ? null : BigInt(range[2])];
  if (to !== null) return between(from, to, services);
  const recorded = await services.schemas.recorded(from);
  if (recorded === null) throw notThere(`What the schema was after ${from} has not been recorded.`);
  return page({
    title: `Schema after ${from}`,
    lead: `As it was after migration ${from}.`,
    objects: recorded.objects.map(({ object }) => object),
    recorded,
    drift: [],
    version: from,
  });
};

async function between(from: bigint, to: bigint, { schemas }: Services): Promise<Answer> {
  const [before, after] = [await schemas.recorded(from), await schemas.recorded(to)];
  const missing = before === null ? from : after === null ? to : null;
  if (missing !== null || before === null || after === null)
    throw notThere(`What the schema was after ${missing} has not been recorded.`);
  const [old, now] = [before, after].map(({ objects }) => objects.map(({ object }) => object)) as [
    SchemaObject[],
    SchemaObject[],
  ];
  const diff = diffSchemas(old, now, 'same database');
  return {
    view: 'schema-diff',
    title: `Schema from ${from} to ${to}`,
    path: '/schema',
    model: {
      from: stateLink(from, before.of),
      to: stateLink(to, after.of),
      swapped: `/schema/${to}...${from}`,
      changes: changesView(diff),
      picture: pictureOf(now, diff, `/schema/${to}`),
    },
  };
}

interface Shown {
  readonly title: string;
  readonly lead: string;
  readonly objects: readonly SchemaObject[];
  readonly recorded: RecordedSchema | null;
  readonly drift: SchemaDiff;
  readonly version: bigint | null;
}

function page({ title, lead, objects, recorded, drift, version }: Shown): Answer {
  const records = recorded === null ? [] : [...recorded.records.values()];
  return {
    view: 'schema',
    title,
    path: '/schema',
    model: {
      heading: title,
      lead,
      of: recorded === null ? null : stateLink(recorded.of.version, recorded.of),
      isNow: version === null,
      drift: changesView(drift),
      picture: pictureOf(objects, null),
      versions: versionsIn(records),
      version: version === null ? '' : String(version),
      ...schemaView(objects, recorded),
    },
  };
}

/** Versions of which the schema is recorded, newest first. */
function versionsIn(records: readonly ChangeRecord[]): string[] {
  const ups = records.filter(({ direction, problem }) => direction === 'up' && problem === null);
  const versions = ups.flatMap(({ version }) => (version === null ? [] : [version]));
  return [...new Set(versions)].toSorted((a, b) => (a < b ? 1 : a > b ? -1 : 0)).map(String);
}

function stateLink(version: bigint | null, { at }: ChangeRecord): object {
  return { version: version === null ? null : String(version), at: moment(at) };
}

function notThere(message: string): WebError {
  return new WebError(404, message, { link: { label: 'To the schema', href: '/schema' } });
}
