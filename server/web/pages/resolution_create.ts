import type { Findings, ResolveRequest, WayOut } from '../../engine/index.ts';
import { startInBackground } from '../background-run.ts';
import type { Problems } from '../recovery/recovery-view.ts';
import { valueOf } from '../recovery/ways-view.ts';
import type { Services } from '../services.ts';
import type { Answer, Page, SignedIn } from '../visit.ts';
import { recoveryPage, refusalIn } from './recovery_show.ts';

/** POST /migrations/:version/resolution: takes the way out that was chosen, and leads to its run at once. */
export const createResolution: Page = async (visit, services): Promise<Answer> => {
  const version = visit.params['version'] ?? '';
  const filled = { way: visit.field('way'), reason: visit.field('reason') };
  const again = (
    problems: Problems,
    refusal: { message: string; next: string | null } | null,
    status: number,
  ) => recoveryPage(services, version, { ...filled, problems, refusal }, status);
  if (!/^\d{1,19}$/.test(version)) return again({}, null, 404);
  const { state, findings } = await services.migrator.stateAndFindings(BigInt(version));
  const seen = findings?.fingerprint === visit.field('findings') ? findings : null;
  if (seen !== null) {
    const chosen = chosenOf(seen, filled.way);
    const problems = problemsIn(visit, chosen, state.database);
    if (Object.keys(problems).length > 0) return again(problems, null, 422);
  }
  try {
    return { redirect: `/runs/${await start(visit, services, BigInt(version), seen)}` };
  } catch (error) {
    const told = refusalIn(error);
    if (told === null) throw error;
    return again({}, told.refusal, told.status);
  }
};

function chosenOf({ ways }: Findings, value: string): WayOut | undefined {
  return ways.find((way) => valueOf(way) === value);
}

const LONGEST_REASON = 2_000;

function problemsIn(visit: SignedIn, chosen: WayOut | undefined, database: string): Problems {
  const reason = visit.field('reason');
  return {
    ...(chosen === undefined ? { way: 'Choose a way out.' } : {}),
    ...(chosen !== undefined && chosen.first.length > 0
      ? { way: 'This one needs something done first.' }
      : {}),
    ...(chosen !== undefined && chosen.overrules.length > 0 && !isMeant(visit, chosen)
      ? { overrule: 'The database says otherwise: tick that it is meant all the same.' }
      : {}),
    ...(chosen?.way === 'down' && visit.field('confirm') !== database
      ? { confirm: `Type “${database}”: what its Down drops is gone.` }
      : {}),
    ...(reason === '' ? { reason: 'Say why: whoever looks at the journal later will want to know.' } : {}),
    ...(reason.length > LONGEST_REASON ? { reason: 'Say it in 2,000 characters.' } : {}),
  };
}

/** Whether it was ticked beside that way that what was seen there, and is in the findings' fingerprint, is meant. */
function isMeant(visit: SignedIn, way: WayOut): boolean {
  return visit.field(`overrule ${valueOf(way)}`) === 'meant';
}

/**
 * @param seen the findings that the choice was made on; null when they are others by now, or it is not dirty any more: then
 *   the engine tells what has become of it, and does nothing
 */
function start(visit: SignedIn, services: Services, version: bigint, seen: Findings | null): Promise<string> {
  const chosen = seen === null ? undefined : chosenOf(seen, visit.field('way'));
  const request: ResolveRequest = {
    from: chosen?.way === 'resume' ? (chosen.from ?? undefined) : undefined,
    repair: chosen?.repair?.how,
    reason: visit.field('reason'),
    findings: seen?.fingerprint ?? 'none',
    overrule: chosen?.overrules.map(({ number }) => number) ?? [],
  };
  return startInBackground(visit, services, (asked) =>
    services.runner.resolve(version, chosen?.way ?? 'not applied', { ...request, ...asked }),
  );
}
