/**
 * Whether goose takes a version for a time (goose 3.27, migrate.go): fourteen digits, `YYYYMMDDHHMMSS`, that are a date of
 * the calendar after the beginning of 1970. Everything else is a number: 5, but also 20251399000000, whose month is 13.
 */
export function isTimestamp(version: bigint): boolean {
  const digits = version.toString();
  if (digits.length !== 14 || version <= 19_700_101_000_000n) return false;
  const [, year, month, day, hour, minute, second] = PARTS.exec(digits) ?? [];
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`;
  const time = new Date(iso);
  return !Number.isNaN(time.getTime()) && time.toISOString() === iso;
}

const PARTS = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/;

/** A number as goose writes it in file names: `00042`. */
export function sequenceNumber(version: bigint): string {
  return version.toString().padStart(5, '0');
}
