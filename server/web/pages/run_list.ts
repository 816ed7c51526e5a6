import type { RunSummary } from '../../engine/index.ts';
import { count } from '../../words.ts';
import { type Moment, moment, took } from '../format.ts';
import type { Answer, Page } from '../visit.ts';

const PAGE = 50;

/** One line of a list of runs. */
export interface RunRow {
  readonly id: string;
  readonly href: string;
  readonly what: string;
  /** How it gets a migration out of dirty; null when it is an ordinary run. */
  readonly way: string | null;
  /** What the one who chose that way said about it. */
  readonly reason: string | null;
  readonly state: string;
  readonly actor: string;
  readonly startedAt: Moment | null;
  readonly took: string;
  readonly progress: string;
}

/** GET /runs */
export const listRuns: Page = async (visit, { migrator }): Promise<Answer> => {
  const before = visit.query('before');
  const [state, runs] = await Promise.all([
    migrator.status(),
    migrator.runs({ before: /^\d{1,18}$/.test(before ?? '') ? before : undefined, limit: PAGE + 1 }),
  ]);
  const shown = runs.slice(0, PAGE);
  const older = runs.length > PAGE ? `/runs?before=${shown.at(-1)!.id}` : null;
  return {
    view: 'runs',
    title: 'Runs',
    state,
    model: { runs: shown.map(runRow), older },
  };
};

export function runRow(run: RunSummary): RunRow {
  const { id, actor, state, startedAt, finishedAt, steps, done, resolution } = run;
  return {
    id,
    href: `/runs/${id}`,
    what: whatOf(run),
    way: resolution?.label ?? null,
    reason: resolution?.reason ?? null,
    state,
    actor,
    startedAt: moment(startedAt),
    took: took(finishedAt === null ? null : finishedAt.getTime() - startedAt.getTime()),
    progress: `${done} of ${steps}`,
  };
}

function whatOf({ direction, target, steps, resolution }: RunSummary): string {
  if (resolution !== null) return `Recovery of ${resolution.version}`;
  if (direction === 'up') return target === null ? 'Apply' : `Apply to ${target}`;
  if (target === 0n) return 'Roll back everything';
  return target === null ? `Roll back ${count(steps, 'migration')}` : `Roll back to ${target}`;
}
