/** One trial: a command is struck, what is shown is held against the catalogs, and the way out is taken to the end. */
import { GanderError } from '../../server/engine/index.ts';
import type { Ended } from '../support/command.ts';
import { resolveDirty } from './person.ts';
import { describe, type Shown, untruths } from './oracle.ts';
import type { Random } from './project.ts';
import type { Goal, Site } from './site.ts';
import { differences, type Snapshot } from './snapshot.ts';
import { chooseStrike, type Course, runStruck, type Way } from './strike.ts';
import type { Watch } from './watch.ts';

export interface Circumstances {
  readonly site: Site;
  readonly goal: Goal;
  readonly random: Random;
  readonly watch: Watch | null;
  /** What an undisturbed run of this took, and what it left. */
  readonly course: Course;
  readonly expected: Snapshot;
  readonly ways: readonly Way[];
  readonly crash: () => Promise<void>;
}

/** A strike that hit, and what was shown afterwards: `kill: dirty in doubt up`. */
export type Hit = string;

export const COMMANDS = { up: ['up'], down: ['down-to', '0', '--yes'] } as const;
/** A way out that is longer leads nowhere. */
const MOST_ROUNDS = 20;

/** @returns the strikes that hit @throws Error when something was shown that is not true, or the end is not as it should be */
export async function trial(circumstances: Circumstances): Promise<Hit[]> {
  const { site, goal, random, expected } = circumstances;
  const hits: Hit[] = [];
  await reach(
    site,
    goal,
    random,
    async (round) => {
      return round > 0 && random.below(4) > 0 ? plain(site, goal, random) : strike(circumstances);
    },
    hits,
  );
  const different = differences(await site.snapshot(), expected);
  if (different.length > 0)
    throw new Error(`the end is not that of an undisturbed run:\n${different.join('\n')}`);
  return hits;
}

/** All the way without a strike. */
export async function undisturbed(site: Site, goal: Goal, random: Random): Promise<void> {
  await reach(site, goal, random, async () => plain(site, goal, random), []);
}

/** How a command ended, and the way in which it was struck; null when it was not, or was quicker. */
interface Outcome {
  readonly way: Way | null;
  readonly ended: Pick<Ended, 'code' | 'out'>;
}

/** A run that is left alone: by the command, or, because that saves a process, by the library. */
async function plain(site: Site, goal: Goal, random: Random): Promise<Outcome> {
  if (random.below(3) === 0) return { way: null, ended: await site.start(...COMMANDS[goal]).ended };
  const error = await site.migrate(goal);
  if (error !== null && !(error instanceof GanderError)) throw error;
  return { way: null, ended: { code: error === null ? 0 : 1, out: '' } };
}

/** Runs commands, and resolves what they leave, until the goal is reached; after each, what is shown must be true. */
async function reach(
  site: Site,
  goal: Goal,
  random: Random,
  run: (round: number) => Promise<Outcome>,
  hits: Hit[],
): Promise<void> {
  for (let round = 0, shown: Shown[] = []; round === 0 || !isReached(shown, goal); round += 1) {
    if (round === MOST_ROUNDS) throw new Error('the way out leads nowhere');
    if (await resolveDirty(site, shown, random)) {
      shown = await look(site, await site.state());
      continue;
    }
    const { way, ended } = await run(round);
    shown = await look(site, way === null ? await site.state() : await site.shown());
    mustHold(goal, ended, shown);
    if (way !== null) hits.push(`${way}: ${summaryOf(shown)}`);
  }
}

function isReached(shown: readonly Shown[], goal: Goal): boolean {
  return shown.every(({ state }) => state === (goal === 'up' ? 'applied' : 'pending'));
}

async function strike({ site, goal, random, course, ways, watch, crash }: Circumstances): Promise<Outcome> {
  const chosen = chooseStrike(random, course, ways, watch);
  const { hit, ...ended } = await runStruck(site, COMMANDS[goal], chosen, { watch, crash });
  await site.quiet();
  if (chosen.way === 'crash') await watch?.listen();
  return { way: hit ? chosen.way : null, ended };
}

/** What the command has said of its work is so. */
function mustHold(goal: Goal, { code, out }: Outcome['ended'], shown: readonly Shown[]): void {
  const done = new Set([...out.matchAll(/^OK +(\d+)_/gm)].map(([, version]) => version!));
  const claimed = code === 0 ? shown : shown.filter(({ version }) => done.has(version));
  for (const one of claimed) {
    if (one.state === (goal === 'up' ? 'applied' : 'pending')) continue;
    throw new Error(
      `the command said that ${one.version} was done (exit code ${code}), and it is shown as ${describe(one)}`,
    );
  }
}

/** What is shown, once it has been found true. */
async function look(site: Site, shown: Shown[]): Promise<Shown[]> {
  const complaints = untruths(site.project, shown, await site.snapshot(), await site.runsOf(shown));
  if (complaints.length > 0) throw new Error(`what is shown is not true:\n${complaints.join('\n')}`);
  return shown;
}

function summaryOf(shown: readonly Shown[]): string {
  const dirty = shown.find((one) => one.dirty !== null);
  if (dirty !== undefined) return describe(dirty);
  const states = new Set(shown.map(({ state }) => state));
  return states.size > 1 ? 'between two migrations' : `all ${[...states].join()}`;
}
