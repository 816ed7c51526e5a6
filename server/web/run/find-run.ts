import type { RunPages } from '../../engine/index.ts';
import { WebError } from '../errors.ts';
import type { Services } from '../services.ts';
import type { SignedIn } from '../visit.ts';

/** The run that an address names. @param pages see `readRunPages` @throws WebError 404 */
export async function findRun(
  { params }: SignedIn,
  { migrator }: Services,
  pages: readonly number[],
): Promise<RunPages> {
  const id = params['id'] ?? '';
  const run = /^\d{1,18}$/.test(id) ? await migrator.runPages(id, pages) : null;
  if (run !== null) return run;
  throw new WebError(404, `There is no run ${id.slice(0, 40)}.`, {
    link: { label: 'To the runs', href: '/runs' },
  });
}

/** The page that is asked for, from 1; 0 where none is, which follows what happens. */
export function askedPage({ query }: SignedIn): number {
  const asked = query('page') ?? '';
  return /^\d{1,6}$/.test(asked) ? Number(asked) : 0;
}
