/** One trial: a command is struck, what is shown is held against the catalogs, and the way out is taken to the end. */
import { type End, type Errand, migrating, mustHold, runByCommand, runByLibrary } from './errand.ts';
import { describe, type Shown, untruths } from './oracle.ts';
import { wayOut } from './person.ts';
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

/** A way out that is longer leads nowhere. */
const MOST_ROUNDS = 30;

/** @returns the strikes that hit @throws Error when something was shown that is not true, or the end is not as it should be */
export async function trial(circumstances: Circumstances): Promise<Hit[]> {
  const { site, goal, random, expected } = circumstances;
  const hits: Hit[] = [];
  await reach(site, goal, random, async (errand, round) => {
    if (!errand.mayBeStruck || (round > 0 && random.below(4) > 0)) return undisturbed(site, errand, random);
    const { way, end } = await strike(circumstances, errand);
    const shown = await site.shown();
    if (way !== null) hits.push(`${way}: ${summaryOf(shown)}`);
    return { end, shown };
  });
  const different = differences(await site.snapshot(), expected);
  if (different.length > 0)
    throw new Error(`the end is not that of an undisturbed run:\n${different.join('\n')}`);
  return hits;
}

/** All the way without a strike. */
export async function goUndisturbed(site: Site, goal: Goal, random: Random): Promise<void> {
  await reach(site, goal, random, (errand) => undisturbed(site, errand, random));
}

/** How an errand ended, and what is shown then. */
interface Outcome {
  readonly end: End;
  readonly shown: Shown[];
}

/** Runs errand after errand until the goal is reached; after each, what is shown must be true. */
async function reach(
  site: Site,
  goal: Goal,
  random: Random,
  run: (errand: Errand, round: number) => Promise<Outcome>,
): Promise<void> {
  for (let round = 0, shown: Shown[] = []; round === 0 || !isReached(shown, goal); round += 1) {
    if (round === MOST_ROUNDS) throw new Error('the way out leads nowhere');
    const errand = (await wayOut(site, shown, random)) ?? migrating(goal);
    const outcome = await run(errand, round);
    shown = outcome.shown;
    await mustBeTrue(site, shown);
    mustHold(errand, outcome.end, shown);
  }
}

function isReached(shown: readonly Shown[], goal: Goal): boolean {
  return shown.every(({ state }) => state === (goal === 'up' ? 'applied' : 'pending'));
}

async function undisturbed(site: Site, errand: Errand, { below }: Random): Promise<Outcome> {
  const end = await (below(3) === 0 ? runByCommand : runByLibrary)(site, errand);
  return { end, shown: await site.state() };
}

/** @returns the way in which it was struck; null when it was quicker */
async function strike(
  { site, random, course, ways, watch, crash }: Circumstances,
  { args, isShort }: Errand,
): Promise<{ way: Way | null; end: End }> {
  const chosen = chooseStrike(random, isShort ? partOf(course) : course, ways, watch);
  const { hit, ...end } = await runStruck(site, args, chosen, { watch, crash });
  await site.quiet();
  if (chosen.way === 'crash') await watch?.listen();
  return { way: hit ? chosen.way : null, end };
}

/** What one of several migrations takes, roughly. */
function partOf({ firstMs, tookMs, rows }: Course): Course {
  return { firstMs, tookMs: firstMs + (tookMs - firstMs) / 4, rows: Math.ceil(rows / 4) };
}

async function mustBeTrue(site: Site, shown: readonly Shown[]): Promise<void> {
  const complaints = untruths(site.project, shown, await site.snapshot(), await site.runsOf(shown));
  if (complaints.length > 0) throw new Error(`what is shown is not true:\n${complaints.join('\n')}`);
}

function summaryOf(shown: readonly Shown[]): string {
  const dirty = shown.find((one) => one.dirty !== null);
  if (dirty !== undefined) return describe(dirty);
  const states = new Set(shown.map(({ state }) => state));
  return states.size > 1 ? 'between two migrations' : `all ${[...states].join()}`;
}
