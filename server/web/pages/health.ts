import { GanderError, type State } from '../../engine/index.ts';
import type { Answer, Page, Visit } from '../visit.ts';

/** GET /healthz: the process answers. */
export const showHealth: Page<Visit> = async (): Promise<Answer> => ({ json: { alive: true } });

/** GET /readyz: the database can be reached, nothing is dirty, and nothing waits that was to be applied at the start. */
export const showReadiness: Page<Visit> = async (_visit, { migrator, mustBeApplied }): Promise<Answer> => {
  const reasons = await migrator.status().then((state) => reasonsOf(state, mustBeApplied), reasonOfError);
  return { json: { ready: reasons.length === 0, reasons }, status: reasons.length === 0 ? 200 : 503 };
};

/** Counts only: whoever asks is not signed in. */
function reasonsOf({ migrations, problems }: State, mustBeApplied: boolean): string[] {
  const dirty = migrations.filter(({ state }) => state === 'dirty').length;
  const pending = migrations.filter(({ state }) => state === 'pending').length;
  return [
    ...(dirty > 0 ? [`${dirty} dirty`] : []),
    ...(mustBeApplied && pending > 0 ? [`${pending} pending`] : []),
    ...(problems.length > 0 ? ['the migrations folder is ambiguous'] : []),
  ];
}

function reasonOfError(error: unknown): string[] {
  if (error instanceof GanderError && error.code === 'source_missing')
    return ['the migrations folder cannot be read'];
  return ['the database cannot be read'];
}
