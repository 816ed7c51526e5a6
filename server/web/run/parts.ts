import { createHash } from 'node:crypto';
import type { RunPages } from '../../engine/index.ts';
import { renderPart } from '../render.ts';
import { runView, type Viewer } from './run-view.ts';

/** A piece of a run's page that is put in anew when it changes: the element of this id, and how to make it. */
interface Part {
  readonly id: string;
  readonly view: string;
  readonly model: object;
  /** What it says; two with the same key need not be told apart. */
  readonly key: string;
}

/** Pieces as HTML, by the ids of their elements. */
export type Html = Readonly<Record<string, string>>;

/** Counted on by the browser itself, and different at each look. */
const VOLATILE: ReadonlySet<string> = new Set(['elapsedMs', 'ago']);

function part(id: string, view: string, model: object, told: object = model): Part {
  const key = JSON.stringify(told, (name, value: unknown) => (VOLATILE.has(name) ? undefined : value));
  return { id, view, model, key };
}

/** A run's page as one kind of viewer sees it, and what of it has changed since the last time. */
export class LivePage {
  readonly #viewer: Viewer;
  #parts: readonly Part[] = [];
  #steps: readonly Part[] = [];
  /** Names what the record says, not what the session does just now: the same in every process. */
  revision = '';

  constructor(viewer: Viewer) {
    this.#viewer = viewer;
  }

  /** @returns what has to be put in anew; empty when nothing has changed */
  async update(run: RunPages): Promise<Html> {
    const [before, stepsBefore] = [keysOf(this.#parts), keysOf(this.#steps)];
    const { head, overall, now, list } = runView(run, this.#viewer);
    const { steps, ...frame } = list;
    this.#parts = [
      part('run-head', 'run/head', head),
      part('run-overall', 'run/overall', { overall }),
      part('run-now', 'run/now', { now }),
      part('run-list', 'run/list', { list }, frame),
    ];
    this.#steps = steps.map((step) => part(`step-${step.version}`, 'run/step', { step }));
    this.revision = revisionOf(run, this.#steps);
    const changed = this.#parts.filter(({ id, key }) => before.get(id) !== key);
    const isNewList = changed.some(({ id }) => id === 'run-list');
    const changedSteps = isNewList ? [] : this.#steps.filter(({ id, key }) => stepsBefore.get(id) !== key);
    return render([...changed, ...changedSteps]);
  }

  /** Which of the run's pages it is: see `Viewer`. */
  get number(): number {
    return this.#viewer.page;
  }

  /** All of it. */
  async whole(): Promise<Html> {
    return render(this.#parts);
  }
}

function keysOf(parts: readonly Part[]): Map<string, string> {
  return new Map(parts.map(({ id, key }) => [id, key]));
}

function revisionOf(
  { id, state, isOver, counts, actions, current }: RunPages,
  steps: readonly Part[],
): string {
  const said = [id, state, isOver, counts, actions, current?.statements ?? null, steps.map(({ key }) => key)];
  return createHash('sha256')
    .update(
      JSON.stringify(said, (_name, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
    )
    .digest('base64url')
    .slice(0, 16);
}

async function render(parts: readonly Part[]): Promise<Html> {
  const html = await Promise.all(parts.map(({ view, model }) => renderPart(view, model)));
  return Object.fromEntries(parts.map(({ id }, index) => [id, html[index]!]));
}
