import { describeHolder, type State } from '../engine/index.ts';

/** Why nothing can be started now, and where to watch it; null when something can. */
export function busyOf({ running, lock }: State): { message: string; href: string | null } | null {
  if (running !== null) return { message: `Run ${running} is going on.`, href: `/runs/${running}` };
  return lock === null
    ? null
    : { message: `Migrations are being run by ${describeHolder(lock)}.`, href: null };
}
