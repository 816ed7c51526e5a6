import { createHash, randomInt } from 'node:crypto';

/** Without 0/O, 1/I/L: it is read from a console and typed. */
const LETTERS = '23456789ABCDEFGHJKMNPQRSTUVWXYZ';

/** A code for the first administrator, 12 letters (59 bits): `7KQ2-M9XT-4HWP`. */
export function makeSetupCode(): string {
  const letters = Array.from({ length: 12 }, () => LETTERS[randomInt(LETTERS.length)]).join('');
  return letters.replace(/(.{4})(.{4})(.{4})/, '$1-$2-$3');
}

/** What is kept of a code; spaces, dashes and case do not count. */
export function hashSetupCode(code: string): Buffer {
  return createHash('sha256')
    .update(code.toUpperCase().replaceAll(/[^A-Z\d]/g, ''))
    .digest();
}
