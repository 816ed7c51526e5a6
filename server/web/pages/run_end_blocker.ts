import { type Holder, messageOf } from '../../engine/index.ts';
import { confirmPage } from '../confirm.ts';
import { WebError } from '../errors.ts';
import { findRun } from '../run/find-run.ts';
import type { Answer, Page } from '../visit.ts';

/** GET /runs/:id/termination?pid=4711&started=…: asks once more. */
export const askToEndBlocker: Page = async (visit, services): Promise<Answer> => {
  const run = await findRun(visit, services, [0]);
  const { pid, startedAt } = sessionOf(visit.query('pid'), visit.query('started'));
  const holder = run.activity?.wait?.holders.find((one) => one.pid === pid && one.startedAt === startedAt);
  if (holder === undefined) throw gone(run.id);
  return confirmPage({
    title: `End the session of process ${pid}?`,
    path: `/runs/${run.id}`,
    sentences: [
      describe(holder),
      'Its transaction is undone, and its program loses its connection. Then the run goes on.',
      'Who ended it is written down with the run.',
    ],
    action: `/runs/${run.id}/termination`,
    fields: { pid: String(pid), started: startedAt },
    button: 'End the session',
    back: `/runs/${run.id}`,
    keep: 'Leave it',
  });
};

/** POST /runs/:id/termination: ends the session that the run waits for. */
export const endBlocker: Page = async (visit, services): Promise<Answer> => {
  const { id } = await findRun(visit, services, [0]);
  const session = sessionOf(visit.field('pid'), visit.field('started'));
  const isDone = await services.migrator.endBlocker(id, session, visit.user.email).catch((error: unknown) => {
    throw new WebError(422, `The session could not be ended. ${messageOf(error)}`, { link: back(id) });
  });
  if (!isDone) throw gone(id);
  services.log(`Run ${id}: ${visit.user.email} ended process ${session.pid}, which it waited for.`);
  return { redirect: `/runs/${id}` };
};

function sessionOf(pid: string | undefined, started: string | undefined): { pid: number; startedAt: string } {
  if (/^[1-9]\d{0,9}$/.test(pid ?? '') && /^\d{1,12}(\.\d{1,6})?$/.test(started ?? ''))
    return { pid: Number(pid), startedAt: started! };
  throw new WebError(400, 'That names no session.');
}

function gone(id: string): WebError {
  return new WebError(409, 'The run does not wait for that session any more, so nothing was ended.', {
    link: back(id),
  });
}

function back(id: string): { label: string; href: string } {
  return { label: `To run ${id}`, href: `/runs/${id}` };
}

function describe({ pid, application, user, address, state }: Holder): string {
  const facts = [
    `process ${pid}`,
    ...(user === null ? [] : [`user ${user}`]),
    ...(address === null ? [] : [`from ${address}`]),
    ...(state === null ? [] : [state]),
  ];
  return `The run waits for ${application ?? 'a session without a name'} (${facts.join(', ')}).`;
}
