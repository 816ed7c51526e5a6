import { GanderError, type State } from '../../engine/index.ts';
import { refusalOf, WebError } from '../errors.ts';
import { type Filled, NOTHING_FILLED, recoveryModel } from '../recovery/recovery-view.ts';
import type { Services } from '../services.ts';
import type { Answer, Page } from '../visit.ts';

/** GET /migrations/:version/recovery */
export const showRecovery: Page = async (visit, services): Promise<Answer> => {
  return recoveryPage(services, visit.params['version'] ?? '', NOTHING_FILLED, 200);
};

/**
 * The page as it is now; where the migration is not dirty any more, what it is instead.
 *
 * @param filled what somebody has filled in, and why that was not enough
 * @throws WebError 404 when nobody knows such a migration
 */
export async function recoveryPage(
  { migrator }: Services,
  version: string,
  filled: Filled,
  status: number,
): Promise<Answer> {
  if (!/^\d{1,19}$/.test(version)) throw unknown(version);
  const { state, findings } = await migrator.stateAndFindings(BigInt(version));
  const path = `/migrations/${version}/recovery`;
  if (findings === null) return isOver(state, version, filled, path);
  const model = recoveryModel(findings, state, filled);
  return { view: 'recovery', title: `Recovery of ${findings.name || version}`, path, status, state, model };
}

/** There is nothing (any more) to get out of; somebody else may have been quicker. */
async function isOver(state: State, version: string, { refusal }: Filled, path: string): Promise<Answer> {
  const one = state.migrations.find((migration) => String(migration.version) === version);
  // What was rolled back and has no file is forgotten altogether.
  if (one === undefined && refusal === null) throw unknown(version);
  return {
    view: 'recovery-over',
    title: `Recovery of ${one?.name || version}`,
    path,
    status: refusal === null ? 200 : 409,
    state,
    model: {
      version,
      name: one?.name || version,
      state: one?.state ?? 'pending',
      running: one?.state === 'running' ? state.running : null,
      isKnown: one !== undefined,
      refusal,
    },
  };
}

function unknown(version: string): WebError {
  return new WebError(
    404,
    `There is no migration ${version.slice(0, 40)}, neither in the folder nor in the history.`,
  );
}

/** An error as the page says it, where the page itself still helps; else null. */
export function refusalIn(
  error: unknown,
): { refusal: NonNullable<Filled['refusal']>; status: number } | null {
  if (!(error instanceof GanderError) || ELSEWHERE.has(error.code)) return null;
  const { message, next, status } = refusalOf(error);
  return { refusal: { message, next }, status };
}

/** What says nothing about the migration. */
const ELSEWHERE: ReadonlySet<string> = new Set(['unreachable', 'busy', 'refused', 'unknown_version']);
