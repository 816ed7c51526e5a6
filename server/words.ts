/** `3.2 ms`, `150 ms`, `1.50 s`, `2 min 5 s`. @param ms milliseconds */
export function duration(ms: number): string {
  if (ms < 9.95) return `${ms.toFixed(1)} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_995) return `${(ms / 1_000).toFixed(2)} s`;
  const seconds = Math.round(ms / 1_000);
  return seconds < 3_600
    ? `${Math.floor(seconds / 60)} min ${seconds % 60} s`
    : `${Math.floor(seconds / 3_600)} h ${Math.floor((seconds % 3_600) / 60)} min`;
}

/** `1 migration`, `3 migrations`, `1,000 migrations`. */
export function count(number: number, noun: string, plural = `${noun}s`): string {
  return `${grouped(number)} ${number === 1 ? noun : plural}`;
}

/** `12,345`. The first use of `toLocaleString` costs a command 25 ms: a whole one without work to do takes 100. */
function grouped(number: number): string {
  return String(number).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

const UNITS: Readonly<Record<string, number>> = {
  us: 0.001,
  µs: 0.001,
  ms: 1,
  s: 1_000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** PostgreSQL keeps its timeouts, and Node its timers, in 31 bits of milliseconds. */
const LONGEST = 2 ** 31 - 1;

const PART = /(\d+(?:\.\d+)?)\s*(us|µs|ms|min|s|m|h|d)\s*/gy;

/**
 * Reads `30s`, `10min`, `500ms` as PostgreSQL writes them, and `1h13m`, `1.5h` as Go does: `m` and `min` both are minutes.
 * A number alone is refused, since one would take it for seconds and PostgreSQL for milliseconds; but 0 is no time at all.
 *
 * @returns whole milliseconds, rounded up: what is not nothing does not become 0, which means “no limit” everywhere
 * @throws Error with a sentence to go after the name of what was set
 */
export function parseDuration(text: string): number {
  const given = text.trim();
  if (given === '0') return 0;
  const parts = [...given.matchAll(PART)];
  const read = parts.reduce((length, [part]) => length + part.length, 0);
  if (parts.length === 0 || read < given.length) {
    throw new Error('must be a time with its unit, like 500ms, 30s, 10min or 1h30m (0: none)');
  }
  const ms = Math.ceil(parts.reduce((sum, [, number, unit]) => sum + Number(number) * UNITS[unit!]!, 0));
  if (ms > LONGEST) throw new Error('must be less than 25 days');
  return ms;
}
