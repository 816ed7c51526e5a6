import type { RunPages } from '../../engine/index.ts';
import { askedPage, findRun } from '../run/find-run.ts';
import { LivePage } from '../run/parts.ts';
import type { Answer, Page } from '../visit.ts';
import { runRow } from './run_list.ts';

/** GET /runs/:id, ?page=2 */
export const showRun: Page = async (visit, services): Promise<Answer> => {
  const page = askedPage(visit);
  const asked = performance.now();
  const [run, before] = await Promise.all([findRun(visit, services, [page]), services.migrator.status()]);
  // A page that shows it as done must not have a band from before its end, for nothing reloads it.
  const hasEndedMeanwhile = sinceEnd(run) <= performance.now() - asked;
  const state = hasEndedMeanwhile ? await services.migrator.status() : before;
  const live = new LivePage({ role: visit.user.role, page });
  const parts = await live.update(run);
  const seen = encodeURIComponent(live.revision);
  return {
    view: 'run',
    title: `Run ${run.id}: ${runRow(run).what}`,
    state,
    refresh: !run.isOver,
    ...(run.isOver ? {} : { events: `/runs/${run.id}/events?page=${page}&seen=${seen}` }),
    model: {
      head: { html: parts['run-head'] },
      overall: { html: parts['run-overall'] },
      now: { html: parts['run-now'] },
      list: { html: parts['run-list'] },
    },
  };
};

/** By the database's clock; endless where it goes on, or its process died. */
function sinceEnd({ finishedAt, now }: RunPages): number {
  return finishedAt === null ? Infinity : now.getTime() - finishedAt.getTime();
}
