import type { Secret } from '../migration.ts';
import type { Refuse } from './refuse.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A stretch of an expanded line: as it stands in the line (`value` null), or put in place of `from` … `to`. */
export interface Expanded {
  readonly from: number;
  readonly to: number;
  readonly value: string | null;
}

/** What `${…}` does with its variable: the part after the name. */
type Operation =
  | { readonly kind: 'value' }
  | { readonly kind: 'default'; readonly alsoIfEmpty: boolean; readonly nodes: readonly Node[] }
  | { readonly kind: 'required'; readonly nodes: readonly Node[] }
  | { readonly kind: 'slice'; readonly from: number; readonly length: number | null };

interface Variable {
  readonly name: string;
  readonly operation: Operation;
}

interface Node {
  readonly from: number;
  readonly to: number;
  /** What stands there: text to be kept, text that means another one (`$$`), or a variable. */
  readonly content: null | string | Variable;
}

const FORMS =
  'Allowed are $V, ${V}, ${V:-default}, ${V-default}, ${V?message}, ${V:offset}, ${V:offset:length}; a dollar of its own is written $$.';

/**
 * Puts the environment's values into a line, as goose's ENVSUB does (goose 3.27 with mfridman/interpolate 0.0.2). The
 * values that were put in are added to `secrets`.
 */
export function expandLine(line: string, env: Environment, secrets: Secret[], refuse: Refuse): Expanded[] {
  const nodes = new LineParser(line, refuse).nodes(null);
  return nodes.map(({ from, to, content }) => ({
    from,
    to,
    value: content === null ? null : valueOf(line, { from, to, content }, env, secrets, refuse),
  }));
}

function valueOf(line: string, node: Node, env: Environment, secrets: Secret[], refuse: Refuse): string {
  const { from, to, content } = node;
  if (content === null) return line.slice(from, to);
  if (typeof content === 'string') return content;
  const value = env[content.name];
  const join = (nodes: readonly Node[]) =>
    nodes.map((child) => valueOf(line, child, env, secrets, refuse)).join('');
  return apply(content, value, join, (message, next) => refuse(from, message, next), secrets);
}

function apply(
  { name, operation }: Variable,
  value: string | undefined,
  join: (nodes: readonly Node[]) => string,
  refuse: (message: string, next: string) => never,
  secrets: Secret[],
): string {
  switch (operation.kind) {
    case 'default':
      if (value === undefined || (value === '' && operation.alsoIfEmpty)) return join(operation.nodes);
      return keep(name, value, secrets);
    case 'required':
      if (value === undefined) {
        refuse(
          `The variable ${name} is not set: ${join(operation.nodes) || 'it is required'}.`,
          `Set ${name} in the environment.`,
        );
      }
      return keep(name, value, secrets);
    case 'slice':
      return keep(name, sliceBytes(name, value ?? '', operation.from, operation.length, refuse), secrets);
    case 'value':
      return keep(name, value ?? '', secrets);
  }
}

function keep(name: string, value: string, secrets: Secret[]): string {
  const known = value === '' || secrets.some((secret) => secret.name === name && secret.value === value);
  if (!known) secrets.push({ name, value });
  return value;
}

/** Offsets count bytes; a negative one counts from the end, and so does a negative length. */
function sliceBytes(
  name: string,
  value: string,
  offset: number,
  length: number | null,
  refuse: (message: string, next: string) => never,
): string {
  const bytes = Buffer.from(value);
  const from = clamp(offset < 0 ? offset + bytes.length : offset, bytes.length);
  const to = length === null ? bytes.length : length < 0 ? length + bytes.length : from + length;
  const part = bytes.subarray(from, Math.max(from, clamp(to, bytes.length)));
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(part);
  } catch {
    return refuse(
      `The offset cuts a character of ${name} in two: offsets count bytes.`,
      'Choose other offsets.',
    );
  }
}

function clamp(value: number, most: number): number {
  return Math.min(Math.max(value, 0), most);
}

/** Reads a line into nodes; a default may hold nodes in turn. */
class LineParser {
  #at = 0;
  readonly #line: string;
  readonly #refuse: Refuse;

  constructor(line: string, refuse: Refuse) {
    this.#line = line;
    this.#refuse = refuse;
  }

  /** Up to the end of the line, or up to `stop`, which is left unread. */
  nodes(stop: string | null): Node[] {
    const nodes: Node[] = [];
    while (this.#at < this.#line.length && this.#line[this.#at] !== stop) nodes.push(this.#node(stop));
    return nodes;
  }

  #node(stop: string | null): Node {
    const from = this.#at;
    const content = this.#content(stop);
    return { from, to: this.#at, content };
  }

  #content(stop: string | null): Node['content'] {
    if (this.#skip('\\\\')) return null;
    if (this.#skip('\\$') || this.#skip('$$')) return '$';
    if (this.#skip('$(')) return null;
    if (this.#line[this.#at] === '$' && this.#at < this.#line.length - 1) return this.#variable();
    this.#at++;
    while (this.#at < this.#line.length && !this.#endsText(stop)) this.#at++;
    return null;
  }

  #endsText(stop: string | null): boolean {
    const char = this.#line[this.#at];
    return char === '$' || char === '\\' || char === stop;
  }

  #variable(): Variable {
    const start = this.#at++;
    if (!this.#skip('{')) return { name: this.#name(start), operation: { kind: 'value' } };
    const name = this.#name(start);
    const operation = this.#operation(start);
    if (!this.#skip('}')) this.#refuse(start, `\`\${${name}\` has no closing brace in its line.`, FORMS);
    return { name, operation };
  }

  #operation(start: number): Operation {
    if (this.#line[this.#at] === '}') return { kind: 'value' };
    if (this.#skip(':-')) return { kind: 'default', alsoIfEmpty: true, nodes: this.nodes('}') };
    if (this.#skip('-')) return { kind: 'default', alsoIfEmpty: false, nodes: this.nodes('}') };
    if (this.#skip('?')) return { kind: 'required', nodes: this.nodes('}') };
    if (this.#skip(':')) return this.#slice(start);
    return this.#refuse(
      start,
      'After the name of a variable in braces comes `}` or one of `:-`, `-`, `?`, `:`.',
      FORMS,
    );
  }

  #slice(start: number): Operation {
    const from = this.#integer(/[^:}]*/y, start);
    const length = this.#skip(':') ? this.#integer(/[^}]*/y, start) : null;
    return { kind: 'slice', from, length };
  }

  #integer(pattern: RegExp, start: number): number {
    const digits = this.#match(pattern).trim();
    if (/^[+-]?\d{1,15}$/.test(digits)) return Number(digits);
    return this.#refuse(start, `After \`:\` comes an offset, a whole number, not \`${digits}\`.`, FORMS);
  }

  #name(start: number): string {
    const name = this.#match(/\p{L}[\p{L}\p{N}_]*/uy);
    return (
      name ||
      this.#refuse(
        start,
        'ENVSUB is on here, and after this dollar comes no name (names begin with a letter).',
        FORMS,
      )
    );
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#line)?.[0] ?? '';
    this.#at += found.length;
    return found;
  }

  #skip(text: string): boolean {
    if (!this.#line.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }
}
