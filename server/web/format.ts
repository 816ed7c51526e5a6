import { duration } from '../words.ts';

/** A moment for a page: exact for machines, short and relative for people. All in UTC. */
export interface Moment {
  readonly iso: string;
  /** `2026-11-22 13:05:09 UTC` */
  readonly exact: string;
  /** `3 hours ago` */
  readonly ago: string;
}

export function moment(date: Date | null, now: Date = new Date()): Moment | null {
  if (date === null || Number.isNaN(date.getTime())) return null;
  const iso = date.toISOString();
  return { iso, exact: `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`, ago: ago(date, now) };
}

const UNITS = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const;

const RELATIVE = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

function ago(date: Date, now: Date): string {
  const seconds = Math.round((now.getTime() - date.getTime()) / 1_000);
  const unit = UNITS.find(([, size]) => Math.abs(seconds) >= size);
  if (unit === undefined) return seconds < 10 ? 'just now' : `${seconds} seconds ago`;
  return RELATIVE.format(-Math.round(seconds / unit[1]), unit[0]);
}

/** `12 ms`; an em dash where nobody measured. */
export function took(ms: number | null): string {
  return ms === null ? '—' : duration(ms);
}

/** How long something has been going on, in whole seconds: `12 s`, `3 min 5 s`, `2 h 5 min`. public/app.js counts on so. */
export function elapsed(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes} min ${seconds % 60} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
