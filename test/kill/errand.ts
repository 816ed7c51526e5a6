/** What is asked of Gander in a trial: by the command, which may be struck, or by the library, which saves a process. */
import { GanderError, type Resolution } from '../../server/engine/index.ts';
import type { Ended } from '../support/command.ts';
import { describe, type Shown } from './oracle.ts';
import type { Goal, Site } from './site.ts';

export interface Errand {
  readonly args: readonly string[];
  /** @returns the error that it ended with */
  readonly byLibrary: (site: Site) => Promise<Error | null>;
  /** The state that a migration is in when this has gone well; null where it says nothing of it. */
  readonly promises: (version: string) => Shown['state'] | null;
  /** Whether a strike leaves the record as true as it was: not where a person has changed the database on his own. */
  readonly mayBeStruck: boolean;
  /** Whether it is a small part of a whole run. */
  readonly isShort: boolean;
}

/** All the way to the goal. */
export function migrating(goal: Goal): Errand {
  return {
    args: goal === 'up' ? ['up'] : ['down-to', '0', '--yes'],
    byLibrary: (site) => site.migrate(goal),
    promises: () => (goal === 'up' ? 'applied' : 'pending'),
    mayBeStruck: true,
    isShort: false,
  };
}

/** What a person says besides. */
export interface Said {
  /** For `resume`, from 1. */
  readonly from?: number | undefined;
  /** Statements that are meant though Gander cannot know it. */
  readonly overrule?: readonly number[];
}

/** What a person says about a dirty migration. */
export function resolving({ version, dirty }: Shown, resolution: Resolution, said: Said = {}): Errand {
  const { from, overrule = [] } = said;
  const direction =
    resolution === 'applied' ? 'up' : resolution === 'not applied' ? 'down' : dirty!.direction;
  const start = from === undefined ? [] : ['--from', String(from)];
  const meant = overrule.length === 0 ? [] : ['--overrule', overrule.join()];
  return {
    args: ['resolve', version, `--${resolution.replace(' ', '-')}`, ...start, ...meant],
    byLibrary: (site) => site.resolve(version, resolution, said),
    promises: (one) => (one !== version ? null : direction === 'up' ? 'applied' : 'pending'),
    mayBeStruck: resolution === 'resume',
    isShort: true,
  };
}

/** How an errand ended. */
export type End = Pick<Ended, 'code' | 'out' | 'err'>;

/** @throws the error, when it is not one that a person could meet: a migration that fails */
export async function runByLibrary(site: Site, errand: Errand): Promise<End> {
  const error = await errand.byLibrary(site);
  if (error !== null && (!(error instanceof GanderError) || error.code !== 'migration_failed')) throw error;
  return { code: error === null ? 0 : 1, out: '', err: error?.message ?? '' };
}

/** @throws Error when the command ended otherwise than well or at a migration that fails */
export async function runByCommand(site: Site, { args }: Errand): Promise<End> {
  const end = await site.start(...args).ended;
  if (end.code !== 0 && end.code !== 1)
    throw new Error(`${args.join(' ')} ended with ${end.code}: ${end.err}`);
  return end;
}

/** What the command has said of its work must be so. */
export function mustHold({ promises }: Errand, { code, out }: End, shown: readonly Shown[]): void {
  const done = new Set([...out.matchAll(/^OK +(\d+)_/gm)].map(([, version]) => version!));
  for (const one of shown.filter(({ version }) => code === 0 || done.has(version))) {
    const promised = promises(one.version);
    if (promised === null || one.state === promised) continue;
    throw new Error(
      `the command said that ${one.version} was done (exit code ${code}), and it is shown as ${describe(one)}`,
    );
  }
}
