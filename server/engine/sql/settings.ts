import { DEFAULT_SETTINGS, type Settings } from '../migration.ts';
import { quote } from './annotations.ts';
import { Lexer } from './lexer.ts';
import { placeAt } from './position.ts';
import type { Refuse } from './refuse.ts';

/** Reads what comes after the words of an annotation; `refuse` points at it. */
type ReadValue = (value: string, refuse: RefuseHere) => Partial<Settings>;

type RefuseHere = (message: string, next: string) => never;

/** What `-- +gander …` may say, and how each is written; a new one is a line here. */
const ANNOTATIONS: readonly (readonly [words: string, example: string, read: ReadValue])[] = [
  [
    'LOCK TIMEOUT',
    'LOCK TIMEOUT 30s',
    (value, refuse) => ({ lockTimeout: duration('LOCK TIMEOUT', value, refuse) }),
  ],
  [
    'STATEMENT TIMEOUT',
    'STATEMENT TIMEOUT 10min',
    (value, refuse) => ({ statementTimeout: duration('STATEMENT TIMEOUT', value, refuse) }),
  ],
  ['OUT OF ORDER', 'OUT OF ORDER', (value, refuse) => ({ outOfOrder: nothingMore(value, refuse) })],
];

const PATTERNS = ANNOTATIONS.map(([words, , read]) => {
  const spaced = words.replaceAll(' ', String.raw`\s+`);
  return { words, read, pattern: new RegExp(String.raw`^-+\s*\+gander\s+${spaced}(?:\s+(.*))?$`, 'is') };
});

/** May stand in a file as often as needed; what is wrong with one stops nobody. */
const ALLOW = /^-+\s*\+gander\s+allow(?:\s+|$)([^\s:]*)\s*:?\s*(.*)$/is;

const EXAMPLES = [...ANNOTATIONS.map(([, example]) => example), 'ALLOW drop-column: nobody reads it'];

const ALLOWED = `Allowed are ${EXAMPLES.map((example) => `\`-- +gander ${example}\``).join(', ')}, in upper or lower case.`;

/** The units of PostgreSQL's own settings, in milliseconds. */
const UNITS: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1000],
  ['min', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);

/** PostgreSQL keeps a timeout in 32 bits, as milliseconds. */
const LONGEST = 2 ** 31 - 1;

/**
 * What the `-- +gander …` comments of a file ask for; each is a line of its own, anywhere in the file, and holds for both
 * directions. goose takes them for comments, since they are some. `comments` are the offsets at which the `--` comments
 * of the file begin: what only looks like one, in a string, a body or a block comment, is not for us.
 */
export function readSettings(text: string, comments: Iterable<number>, refuse: Refuse): Settings {
  let settings = DEFAULT_SETTINGS;
  const firsts = new Map<string, number>();
  for (const offset of comments) {
    const comment = commentAt(text, offset);
    if (!/^-+\s*\+gander/i.test(comment)) continue;
    refuseUnlessAlone(text, offset, comment, refuse);
    const [allowance, rule = '', reason = ''] = ALLOW.exec(comment) ?? [];
    if (allowance !== undefined) {
      const one = { rule: rule.toLowerCase(), reason, line: placeAt(text, offset).line };
      settings = { ...settings, allowances: [...settings.allowances, one] };
      continue;
    }
    const found = PATTERNS.find(({ pattern }) => pattern.test(comment));
    if (found === undefined) refuse(offset, `Not an annotation of Gander: ${quote(comment)}.`, ALLOWED);
    const first = firsts.get(found.words);
    if (first !== undefined) refuseSecond(found.words, placeAt(text, first).line, offset, refuse);
    firsts.set(found.words, offset);
    const value = found.pattern.exec(comment)?.[1] ?? '';
    const at = offset + comment.length - value.length;
    settings = { ...settings, ...found.read(value, (message, next) => refuse(at, message, next)) };
  }
  return settings;
}

/** Whether a text says `+gander` at all; most do not, and need no second look. */
export function mentionsSettings(text: string): boolean {
  return /\+gander/i.test(text);
}

const NEAR_MISS =
  /^\s*(?:--\s*(?:\+\s+)?|\/\*\s*\+?\s*)gander\s+(?:(?:lock|statement)\s+timeout|out\s+of\s+order|allow)\b/i;

/** Whether a comment looks as if it was meant to be one: `-- gander LOCK TIMEOUT 3s`, `/* +gander OUT OF ORDER`. */
export function looksLikeSetting(line: string): boolean {
  return /gander/i.test(line) && NEAR_MISS.test(line);
}

/** Where the `--` comments of some SQL begin. */
export function lineComments(sql: string): number[] {
  const found: number[] = [];
  const lexer = new Lexer(sql, 0, (start) => void found.push(start));
  while (lexer.next());
  return found;
}

function commentAt(text: string, offset: number): string {
  const end = text.indexOf('\n', offset);
  return text.slice(offset, end < 0 ? text.length : end).trimEnd();
}

function refuseUnlessAlone(text: string, offset: number, comment: string, refuse: Refuse): void {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  if (text.slice(start, offset).trim() === '') return;
  refuse(
    offset,
    `${quote(comment)} is at the end of a line.`,
    'Put it on a line of its own; it holds for the whole file, best seen at its top.',
  );
}

function refuseSecond(words: string, first: number, offset: number, refuse: Refuse): never {
  return refuse(
    offset,
    `A second \`-- +gander ${words}\`: there is one in line ${first}.`,
    'Keep one of them: it holds for the whole file.',
  );
}

function duration(words: string, value: string, refuse: RefuseHere): number {
  const [, digits = '', unit = ''] = /^(\d+)\s*([a-z]*)$/i.exec(value) ?? [];
  const factor = UNITS.get(unit.toLowerCase());
  const ms = Number(digits) * (factor ?? 0);
  if (digits === '' || (factor === undefined && (unit !== '' || Number(digits) !== 0))) {
    const what = value === '' ? `${words} without a time.` : `Not a time for ${words}: ${quote(value)}.`;
    refuse(what, howToWrite(unit));
  }
  if (ms > LONGEST) {
    refuse(
      `${quote(value)} is longer than PostgreSQL can wait.`,
      'The longest is 24d; 0 sets no limit at all.',
    );
  }
  return ms;
}

function howToWrite(unit: string): string {
  const minutes = unit.toLowerCase() === 'm' ? 'Minutes are written `min`. ' : '';
  return `${minutes}Write a whole number and one of the units ms, s, min, h, d: \`500ms\`, \`30s\`, \`10min\`; or 0 for no limit.`;
}

function nothingMore(value: string, refuse: RefuseHere): true {
  return (
    value === '' || refuse(`${quote(value)} after \`-- +gander OUT OF ORDER\`.`, 'Nothing comes after it.')
  );
}
