import { GanderError, messageOf, type RunPages } from '../../engine/index.ts';
import { type Html, LivePage } from './parts.ts';
import type { Viewer } from './run-view.ts';

/** Somebody who watches a run. */
export interface Watcher {
  readonly viewer: Viewer;
  /** The revision that he has on his page; null when he has nothing. */
  readonly seen: string | null;
  readonly send: (event: LiveEvent) => void;
  /** Nothing more will come. */
  readonly end: () => void;
}

/**
 * What is told, with the revision that the watcher then has: `parts` to be put in anew; `away`: since when nothing could be
 * read, null when it can be again; `end`: the run is over.
 */
export type LiveEvent = { readonly id: string } & (
  | { readonly type: 'parts' | 'end'; readonly data: { readonly parts: Html } }
  | { readonly type: 'away'; readonly data: { readonly since: Date | null } }
);

interface Source {
  readonly read: (pages: readonly number[]) => Promise<RunPages | null>;
  readonly bandOf: () => Promise<string>;
  readonly onEnd: () => void;
  /** Told what is wrong, other than with the database. */
  readonly log: (message: string) => void;
  /** Told that the run's process has died, as often as that is seen: somebody has to close the run. */
  readonly onDeath: () => void;
}

/** Changes that follow each other this closely are read together. */
const BETWEEN_READS_MS = 100;
/** What the session does (locks, progress) is not told by anybody: it is looked at soon after a change, and then now and then. */
const FIRST_LOOK_MS = 1_000;
const LOOK_MS = 2_500;
/** A moment of silence is nothing to tell. */
const AWAY_AFTER_MS = 5_000;

interface Audience {
  readonly page: LivePage;
  /** Those who have been told all there was. */
  readonly watchers: Set<Watcher>;
  readonly newcomers: Set<Watcher>;
}

/** One run, and all who watch it: those who see the same are told the same. */
export class LiveRun {
  readonly #source: Source;
  readonly #audiences = new Map<string, Audience>();
  #isFollowing = false;
  #isOver = false;
  /** Ends the pause before the next reading. */
  #rouse: (() => void) | null = null;
  /** Whether a change has been heard of since the last reading began. */
  #isNews = true;
  #readAt = performance.now();
  #away: Date | null = null;
  /** Whether its process seemed dead at the last look: it may only have lost its session, and says so itself within a moment. */
  #isDoubtful = false;

  constructor(source: Source) {
    this.#source = source;
  }

  get isWatched(): boolean {
    return this.#audiences.size > 0;
  }

  /** Something has changed. */
  wake(): void {
    this.#isNews = true;
    this.#rouse?.();
  }

  add(watcher: Watcher): void {
    const { role, page } = watcher.viewer;
    const key = `${role} ${page}`;
    const audience = this.#audiences.get(key) ?? {
      page: new LivePage(watcher.viewer),
      watchers: new Set(),
      newcomers: new Set(),
    };
    this.#audiences.set(key, audience);
    audience.newcomers.add(watcher);
    this.wake();
    if (this.#isFollowing) return;
    this.#isFollowing = true;
    void this.#follow();
  }

  remove(watcher: Watcher): void {
    for (const [key, { watchers, newcomers }] of this.#audiences) {
      watchers.delete(watcher);
      newcomers.delete(watcher);
      if (watchers.size + newcomers.size === 0) this.#audiences.delete(key);
    }
  }

  end(): void {
    this.#isOver = true;
    for (const audience of this.#audiences.values()) for (const watcher of everyone(audience)) watcher.end();
    this.#rouse?.();
  }

  async #follow(): Promise<void> {
    while (!this.#isOver) {
      const wasNews = this.#isNews;
      this.#isNews = false;
      await this.#look().catch((error: unknown) => this.#complain(error));
      await this.#pause(BETWEEN_READS_MS, 'deaf');
      const isSoon = wasNews || this.#isDoubtful;
      if (!this.#isNews) await this.#pause(isSoon ? FIRST_LOOK_MS : LOOK_MS, 'roused');
    }
  }

  /** @param how whether a change that is heard of ends the pause */
  #pause(ms: number, how: 'deaf' | 'roused'): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#rouse = () => {
        if (how === 'deaf' && !this.#isOver) return;
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async #look(): Promise<void> {
    const audiences = [...this.#audiences.values()].map((audience) => ({
      ...audience,
      arrived: [...audience.newcomers],
    }));
    const run = await this.#source.read(audiences.map(({ page }) => page.number));
    if (this.#isOver) return;
    this.#readAt = performance.now();
    if (this.#away !== null) this.#tellAway(null);
    if (run === null) return this.#finish();
    const isDead = run.state === 'interrupted' && !run.isOver;
    if (isDead) this.#source.onDeath();
    const isFirstDoubt = isDead && !this.#isDoubtful;
    this.#isDoubtful = isDead;
    if (isFirstDoubt) return;
    for (const audience of audiences) await tell(audience, await audience.page.update(run));
    if (run.isOver) return this.#close();
  }

  async #close(): Promise<void> {
    const band = await this.#source.bandOf().catch(() => null);
    const audiences = [...this.#audiences.values()];
    // Who came meanwhile has not been told what there was: the next look does that.
    if (audiences.some(({ newcomers }) => newcomers.size > 0)) return;
    for (const { page, watchers } of audiences) {
      const parts = band === null ? {} : { band };
      const event: LiveEvent = { type: 'end', id: page.revision, data: { parts } };
      for (const watcher of watchers) watcher.send(event);
    }
    this.#finish();
  }

  #finish(): void {
    this.end();
    this.#source.onEnd();
  }

  #complain(error: unknown): void {
    if (!(error instanceof GanderError)) this.#source.log(`Watching a run: ${messageOf(error)}`);
    if (this.#away !== null || performance.now() - this.#readAt < AWAY_AFTER_MS) return;
    this.#tellAway(new Date(Date.now() - (performance.now() - this.#readAt)));
  }

  #tellAway(since: Date | null): void {
    this.#away = since;
    for (const { page, watchers } of this.#audiences.values()) {
      const event: LiveEvent = { type: 'away', id: page.revision, data: { since } };
      for (const watcher of watchers) watcher.send(event);
    }
  }
}

/** What has changed, to those who know the rest; and to those who have just come whatever they have missed since their page was made. */
async function tell(
  { page, watchers, newcomers, arrived }: Audience & { readonly arrived: readonly Watcher[] },
  changed: Html,
): Promise<void> {
  if (Object.keys(changed).length > 0) {
    const event = eventOf(page, changed);
    for (const watcher of watchers) watcher.send(event);
  }
  if (arrived.length === 0) return;
  const all = await page.whole();
  const [whole, rest] = [eventOf(page, all), eventOf(page, nowIn(all))];
  for (const watcher of arrived.filter((one) => newcomers.delete(one))) {
    watchers.add(watcher);
    watcher.send(watcher.seen === page.revision ? rest : whole);
  }
}

function everyone({ watchers, newcomers }: Audience): Watcher[] {
  return [...watchers, ...newcomers];
}

function eventOf({ revision }: LivePage, parts: Html): LiveEvent {
  return { type: 'parts', id: revision, data: { parts } };
}

/** What the session does is not part of the revision: who has all that is recorded still wants to know this. */
function nowIn(parts: Html): Html {
  return { 'run-now': parts['run-now']! };
}
