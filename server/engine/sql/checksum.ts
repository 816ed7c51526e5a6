import { createHash } from 'node:crypto';

/** SHA-256 of a normalised text, as 64 hex digits. */
export function checksum(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}
