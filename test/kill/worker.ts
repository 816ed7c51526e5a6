/** Goes from project to project, and on each from trial to trial, until there have been enough hits. */
import { random as seeded } from '../engine/sql/random.ts';
import { migrating } from './errand.ts';
import { makeProject, type Project, type Random } from './project.ts';
import { Site } from './site.ts';
import type { Snapshot } from './snapshot.ts';
import type { Course, Way } from './strike.ts';
import { goUndisturbed, type Hit, trial } from './trial.ts';
import { Watch } from './watch.ts';

export interface Assignment {
  readonly server: string;
  /** A part of the databases' names that nobody else on the server uses. */
  readonly name: string;
  readonly seed: number;
  readonly ways: readonly Way[];
  readonly crash: () => Promise<void>;
  /** Told of the strikes of each trial that hit. @returns whether to go on */
  readonly onHits: (hits: readonly Hit[]) => boolean;
}

/** So many trials on one database: its journal grows, and is more like one that has seen something. */
const TRIALS_A_SITE = 20;

/** @throws Error with the whole story when something is not as it should be */
export async function work(assignment: Assignment): Promise<void> {
  const random = seeded(assignment.seed);
  for (let number = 0, goOn = true; goOn; number += 1) {
    const project = makeProject(random);
    const name = `${assignment.name}_${number}`;
    goOn = await onProject(assignment, random, project, name);
  }
}

/** What an undisturbed run takes, and what it leaves in either direction. */
interface Known {
  readonly course: Course;
  readonly up: Snapshot;
  readonly down: Snapshot;
}

async function onProject(
  assignment: Assignment,
  random: Random,
  project: Project,
  name: string,
): Promise<boolean> {
  return onSite(assignment, project, `${name}_used`, async (site) => {
    await goUndisturbed(site, 'up', random);
    const up = await site.snapshot();
    const watch = await Watch.open(site);
    try {
      const course = await measure(site, watch);
      await goUndisturbed(site, 'down', random);
      const known = { course, up, down: await site.snapshot() };
      if (!(await onFreshSite(assignment, random, project, `${name}_fresh`, known))) return false;
      for (let number = 0; number < TRIALS_A_SITE; number += 1) {
        const goal = number % 2 === 0 ? 'up' : 'down';
        const hits = await trial({ ...assignment, site, goal, random, watch, course, expected: known[goal] });
        if (!assignment.onHits(hits)) return false;
      }
      return true;
    } finally {
      await watch.close();
    }
  });
}

/** A strike at the very first run of all, when not even the history is there. */
async function onFreshSite(
  assignment: Assignment,
  random: Random,
  project: Project,
  name: string,
  { course, up }: Known,
): Promise<boolean> {
  return onSite(assignment, project, name, async (site) => {
    const hits = await trial({ ...assignment, site, goal: 'up', random, watch: null, course, expected: up });
    return assignment.onHits(hits);
  });
}

async function onSite<T>(
  { server }: Assignment,
  project: Project,
  name: string,
  use: (site: Site) => Promise<T>,
): Promise<T> {
  const site = await Site.create(server, name, project);
  try {
    return await use(site);
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw new Fault(`${(error as Error).message}\n\nWhat was done:\n${site.story.join('\n')}`, {
      cause: error,
    });
  } finally {
    await site.remove(server);
  }
}

/** An error with its story. */
class Fault extends Error {}

async function measure(site: Site, watch: Watch): Promise<Course> {
  watch.begin();
  const started = performance.now();
  await site.start(...migrating('down').args).ended;
  const tookMs = performance.now() - started;
  return { firstMs: (watch.firstAt ?? started) - started, tookMs, rows: watch.rows };
}
