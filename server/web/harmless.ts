/**
 * Names, SQL and what a server says are anybody's: control characters hide what is there, and Unicode's bidirectional ones
 * turn the letters of a line round, so that it reads otherwise than it runs. Each is shown as the sign for what cannot be
 * shown.
 */
export function harmless(text: string): string {
  return text.replaceAll(CONTROL, '\uFFFD');
}

const CONTROL = /(?![\n\t\r])[\p{Cc}\u202A-\u202E\u2066-\u2069]/gu;
