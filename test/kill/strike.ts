/** The ways in which a command that runs is struck, and the moments at which. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Ended } from '../support/command.ts';
import type { Random } from './project.ts';
import { OURS, type Site } from './site.ts';
import type { Watch } from './watch.ts';

/** `kill`: SIGKILL for the command; `end all`, `end one`: its sessions are terminated; `crash`: the whole server is. */
export type Way = 'kill' | 'end all' | 'end one' | 'crash';

/** So many milliseconds after its start, or after so many rows have been written that tell of its course. */
export type Moment = { readonly after: number } | { readonly row: number; readonly plus: number };

export interface Strike {
  readonly way: Way;
  readonly moment: Moment;
}

/** What an undisturbed run took. */
export interface Course {
  readonly firstMs: number;
  readonly tookMs: number;
  /** How many rows that tell of it it wrote. */
  readonly rows: number;
}

/** Half of them anywhere in the time that a run takes; half of them at a row or shortly after, where rows are watched. */
export function chooseStrike(
  { below, pick }: Random,
  { firstMs, tookMs, rows }: Course,
  ways: readonly Way[],
  watch: Watch | null,
): Strike {
  const way = pick(ways);
  if (watch !== null && below(2) === 0) {
    return { way, moment: { row: 1 + below(rows), plus: pick([0, 0, 1, 2, 5, 10]) } };
  }
  const from = below(10) === 0 ? 0 : Math.max(0, firstMs - 40);
  return { way, moment: { after: from + (below(1000) / 1000) * (tookMs + 20 - from) } };
}

export function describeStrike({ way, moment }: Strike): string {
  return 'after' in moment
    ? `${way}, ${moment.after.toFixed(1)} ms after the start`
    : `${way}, ${moment.plus} ms after row ${moment.row}`;
}

/**
 * Runs a command and strikes it.
 *
 * @returns how it ended, and whether the strike hit it while it was running
 */
export async function runStruck(
  site: Site,
  args: readonly string[],
  strike: Strike,
  { watch, crash }: { watch: Watch | null; crash: () => Promise<void> },
): Promise<Ended & { hit: boolean }> {
  site.story.push(`strike: ${describeStrike(strike)}`);
  const rows = watch?.begin();
  const { child, ended } = site.start(...args);
  const over = new AbortController();
  void ended.finally(() => over.abort());
  const moment =
    'after' in strike.moment
      ? wait(strike.moment.after, over.signal)
      : arrives(strike.moment, rows!, over.signal);
  const due = await moment;
  const hit = due && (await deal(strike.way, site, child, crash));
  const how = await ended;
  return { ...how, hit: hit && (strike.way !== 'kill' || how.code === null) };
}

async function deal(
  way: Way,
  site: Site,
  child: ReturnType<Site['start']>['child'],
  crash: () => Promise<void>,
): Promise<boolean> {
  if (way === 'kill') return child.kill('SIGKILL');
  if (way === 'crash') {
    await crash();
    return child.exitCode === null;
  }
  const limit = way === 'end one' ? 'ORDER BY random() LIMIT 1' : '';
  const ended = await site.query((client) =>
    client.query(`SELECT pg_terminate_backend(pid) FROM (SELECT pid FROM ${OURS} ${limit}) a`),
  );
  return (ended.rowCount ?? 0) > 0;
}

async function arrives(
  { row, plus }: { row: number; plus: number },
  rows: (wanted: number, over: AbortSignal) => Promise<boolean>,
  over: AbortSignal,
): Promise<boolean> {
  return (await rows(row, over)) && (plus === 0 || wait(plus, over));
}

/** @returns false when the command was over before */
async function wait(ms: number, over: AbortSignal): Promise<boolean> {
  return sleep(ms, true, { signal: over }).catch(() => false);
}
