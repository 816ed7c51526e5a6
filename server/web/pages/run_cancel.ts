import type { RunPages } from '../../engine/index.ts';
import { count } from '../../words.ts';
import { confirmPage } from '../confirm.ts';
import { WebError } from '../errors.ts';
import { findRun } from '../run/find-run.ts';
import type { Answer, Page } from '../visit.ts';

/** GET /runs/:id/cancellation: asks once more. */
export const askToCancel: Page = async (visit, services): Promise<Answer> => {
  const run = await findRun(visit, services, [0]);
  if (run.isOver) return { redirect: `/runs/${run.id}` };
  const isInsisting = isAsked(run) && run.current?.transaction === false;
  return confirmPage({
    title: `Cancel run ${run.id}?`,
    path: `/runs/${run.id}`,
    sentences: isInsisting ? insisting(run) : asking(run),
    action: `/runs/${run.id}/cancellation`,
    fields: { urgency: isInsisting ? 'at once' : 'in time' },
    button: isInsisting ? 'Stop the statement now' : 'Cancel the run',
    back: `/runs/${run.id}`,
    keep: 'Let it go on',
  });
};

/** POST /runs/:id/cancellation: asks the process that runs it to stop, wherever that is, and PostgreSQL to stop its statement. */
export const cancelRun: Page = async (visit, services): Promise<Answer> => {
  const { id } = await findRun(visit, services, [0]);
  const urgency = visit.field('urgency') === 'at once' ? 'at once' : 'in time';
  const wasRunning = await services.migrator.cancelRun(id, urgency, visit.user.email);
  if (!wasRunning) {
    throw new WebError(409, `Run ${id} is over already, so nothing was cancelled.`, {
      link: { label: 'See how it ended', href: `/runs/${id}` },
    });
  }
  services.log(`Run ${id}: ${visit.user.email} asked for it to be cancelled.`);
  return { redirect: `/runs/${id}` };
};

function isAsked({ actions }: RunPages): boolean {
  return actions.some(({ kind }) => kind === 'cancel');
}

function asking({ current, counts }: RunPages): string[] {
  const waiting = counts.waiting ?? 0;
  const rest = waiting === 0 ? [] : [`${count(waiting, 'migration')} will not be run.`];
  if (current === null) return ['What is applied stays.', ...rest];
  const name = current.name || String(current.version);
  if (current.transaction)
    return [
      `${name} is running in a transaction: PostgreSQL undoes all of it. What was applied before it stays.`,
      ...rest,
    ];
  return [
    `${name} is running without a transaction. Its statement is given ten seconds to come to an end, because what it leaves half-done nobody undoes; then the process that runs it stops it. If that one is dead, cancel once more: that stops it at once.`,
    'Its statements that are done stay in the database, and nothing else runs until somebody has said how to go on.',
    ...rest,
  ];
}

function insisting({ current }: RunPages): string[] {
  const name = current!.name || String(current!.version);
  return [
    `It has been asked for already: the running statement of ${name} is given ten seconds to come to an end.`,
    'It can be stopped now instead. What it leaves half-done (an invalid index, say) has to be cleared away afterwards.',
  ];
}
