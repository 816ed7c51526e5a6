import { GanderError } from '../errors.ts';
import { placeAt } from './position.ts';

/** The largest file that is read; a migration is held in memory whole, several times over while it is cut. */
const LARGEST = 64 * 1024 * 1024;

/**
 * The one text of a file: what is hashed, stored, shown and run. A byte order mark goes, and `\r\n` becomes `\n`, also
 * inside string literals, as Go's bufio.ScanLines does for goose; a lone `\r` stays. To be called once, on the bytes of
 * the file: it is not meant for its own output.
 *
 * Throws `invalid_file` for text that is not UTF-8, holds a NUL (PostgreSQL can store none) or is over 64 MiB.
 */
export function normalise(bytes: Uint8Array, file: string): string {
  if (bytes.length > LARGEST) {
    throw new GanderError('invalid_file', `The file is larger than 64 MiB (${bytes.length} bytes).`, {
      file,
      next: 'Split it into several migrations, or load such an amount of data by other means.',
    });
  }
  return refuseNul(decode(bytes, file), file).replaceAll('\r\n', '\n');
}

function decode(bytes: Uint8Array, file: string): string {
  try {
    return decodeStrictly(bytes);
  } catch (cause) {
    throw new GanderError(
      'invalid_file',
      `The file is not UTF-8${looksLikeUtf16(bytes) ? ' but UTF-16' : ''}.`,
      {
        file,
        place: { line: lineOfBadByte(bytes), column: 1 },
        next: 'Save it as UTF-8.',
        cause,
      },
    );
  }
}

function refuseNul(text: string, file: string): string {
  const at = text.indexOf('\0');
  if (at < 0) return text;
  throw new GanderError('invalid_file', 'The file holds a NUL byte, which PostgreSQL cannot take.', {
    file,
    place: placeAt(text, at),
    next: 'Remove it; most likely the file is not text, or was saved as UTF-16.',
  });
}

/** Throws a TypeError for what is not UTF-8; takes a byte order mark off. */
function decodeStrictly(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
}

function looksLikeUtf16(bytes: Uint8Array): boolean {
  return (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
}

/** A line feed is never part of a longer UTF-8 sequence, so each line can be tried by itself. */
function lineOfBadByte(bytes: Uint8Array): number {
  for (let line = 1, start = 0; ; line++) {
    const end = bytes.indexOf(0x0a, start);
    if (end < 0) return line;
    try {
      decodeStrictly(bytes.subarray(start, end));
    } catch {
      return line;
    }
    start = end + 1;
  }
}
