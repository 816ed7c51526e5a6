import { askedPage, findRun } from '../run/find-run.ts';
import type { Answer, Page } from '../visit.ts';

/**
 * GET /runs/:id/events: what changes on the run's page, as server-sent events. Whoever comes (again) is first told what he
 * has not seen: his page says which revision it shows (`seen`), a browser that lost its connection which it heard of last.
 */
export const followRun: Page = async (visit, services): Promise<Answer> => {
  const page = askedPage(visit);
  const { id } = await findRun(visit, services, [page]);
  const viewer = { role: visit.user.role, page };
  return {
    stream: ({ lastId, send, end }) =>
      services.live.watch(id, { viewer, seen: lastId ?? visit.query('seen') ?? null, send, end }),
  };
};
