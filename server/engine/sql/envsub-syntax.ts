import type { Refuse } from './refuse.ts';

/** A stretch of a line: text that stays (`null`), text that stands for another one (`$$` for `$`), or a variable. */
export interface Node {
  readonly from: number;
  readonly to: number;
  readonly content: null | string | Variable;
}

export interface Variable {
  readonly name: string;
  readonly operation: Operation;
}

/** What `${…}` does with its variable: what comes after the name. */
export type Operation =
  | { readonly kind: 'value' }
  | { readonly kind: 'default'; readonly alsoIfEmpty: boolean; readonly nodes: readonly Node[] }
  | { readonly kind: 'required'; readonly message: string }
  | { readonly kind: 'slice'; readonly from: number; readonly length: number | null };

const FORMS =
  'Allowed are $V, ${V}, ${V:-default}, ${V-default}, ${V?message}, ${V:offset}, ${V:offset:length}; a dollar of its own is written $$.';

/** Reads a line with ENVSUB on, by the rules of mfridman/interpolate 0.0.2, which goose 3.27 uses. */
export function parseLine(line: string, refuse: Refuse): Node[] {
  return new LineParser(line, refuse).nodes(null);
}

/** A default may hold variables in turn; so this is a descent. */
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
    if (this.#skip('?')) return { kind: 'required', message: this.#asWritten() };
    if (this.#skip(':')) return this.#slice(start);
    return this.#refuse(
      start,
      'After the name of a variable in braces comes `}` or one of `:-`, `-`, `?`, `:`.',
      FORMS,
    );
  }

  /** The message of `?` is shown as it is written, so that no value gets into an error. */
  #asWritten(): string {
    const from = this.#at;
    this.nodes('}');
    return this.#line.slice(from, this.#at);
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
