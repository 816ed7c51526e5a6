import { trim } from './goose.ts';
import type { Refuse } from './refuse.ts';

const ANNOTATIONS = [
  'Up',
  'Down',
  'StatementBegin',
  'StatementEnd',
  'NO TRANSACTION',
  'ENVSUB ON',
  'ENVSUB OFF',
] as const;

export type Annotation = (typeof ANNOTATIONS)[number];

const ALLOWED = ANNOTATIONS.map((name) => `\`-- +goose ${name}\``).join(', ');

/** Go's EqualFold: case folding as in Unicode, so that the long s is an s. */
const PATTERNS = ANNOTATIONS.map((name) => ({ name, pattern: new RegExp(`^${name}$`, 'iu') }));

const EXACTLY = `An annotation is a line of its own that begins with \`--\`: ${ALLOWED}.`;

/**
 * What a line tells goose, or null. A line is an annotation when, trimmed, it begins with `--` and holds `+goose`; what
 * else it holds must then be right (goose 3.27, extractAnnotation). Unlike goose, `+GOOSE` is refused: goose takes it for
 * a comment, and runs the Down below it as part of Up.
 */
export function annotationOn(line: string, refuse: Refuse): Annotation | null {
  if (!/goose/i.test(line) || !trim(line).startsWith('--')) return null;
  return line.includes('+goose') ? readAnnotation(line, refuse) : refuseOtherCase(line, refuse);
}

/** Whether a comment looks as if it was meant to be an annotation: `-- goose Down`, `-- + goose Up`. */
export function looksLikeAnnotation(line: string): boolean {
  if (!/goose/i.test(line)) return false;
  const words = /^--\s*\+?\s*goose\s+(.*)$/i.exec(trim(line))?.[1];
  return words !== undefined && named(trim(words)) !== null;
}

function readAnnotation(line: string, refuse: Refuse): Annotation {
  if (line.startsWith(' ') || line.startsWith('\t')) {
    refuse(0, `White space before the annotation ${quote(line)}.`, 'Begin the line with `--`.');
  }
  const words = trim(line.replaceAll('--', '').replace('+goose', ''));
  if (words.includes('+goose')) refuse(0, `More than one annotation in the line ${quote(line)}.`, EXACTLY);
  return named(words) ?? refuse(0, `Not an annotation that goose knows: ${quote(line)}.`, EXACTLY);
}

function refuseOtherCase(line: string, refuse: Refuse): null {
  const words = trim(line)
    .replaceAll('--', '')
    .split(/\+goose/i);
  const found = words.length === 2 ? named(trim(words.join(''))) : null;
  if (found === null) return null;
  return refuse(
    0,
    `goose takes ${quote(line)} for a comment, because \`+goose\` is not in lower case: what is below it would run as part of what is above it.`,
    `Write \`-- +goose ${found}\`.`,
  );
}

function named(words: string): Annotation | null {
  return PATTERNS.find(({ pattern }) => pattern.test(words))?.name ?? null;
}

/** A line to show in a message, of a bearable length. */
export function quote(line: string): string {
  const shown = line.slice(0, 80).replace(/[\uD800-\uDBFF]$/, '');
  return shown.length < line.length ? `\`${shown}…\`` : `\`${shown}\``;
}
