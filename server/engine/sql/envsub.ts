import type { Secret } from '../migration.ts';
import { type Node, parseLine, type Variable } from './envsub-syntax.ts';
import type { Refuse } from './refuse.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A stretch of an expanded line: as it stands in the line (`value` null), or put in place of `from` … `to`. */
export interface Expanded {
  readonly from: number;
  readonly to: number;
  readonly value: string | null;
}

/** Puts the environment's values into lines, as goose's ENVSUB does, and remembers which. */
export class Expander {
  readonly secrets: Secret[] = [];
  readonly #env: Environment;

  constructor(env: Environment) {
    this.#env = env;
  }

  /** `refuse` takes offsets of the line. */
  expand(line: string, refuse: Refuse): Expanded[] {
    const textOf = (node: Node): string => {
      if (node.content === null) return line.slice(node.from, node.to);
      if (typeof node.content === 'string') return node.content;
      return this.#valueOf(node.content, textOf, (message, next) => refuse(node.from, message, next));
    };
    return parseLine(line, refuse).map((node) => {
      const { from, to, content } = node;
      return { from, to, value: content === null ? null : textOf(node) };
    });
  }

  #valueOf({ name, operation }: Variable, textOf: (node: Node) => string, refuse: RefuseHere): string {
    const value = Object.hasOwn(this.#env, name) ? this.#env[name] : undefined;
    switch (operation.kind) {
      case 'default':
        if (value === undefined || (value === '' && operation.alsoIfEmpty)) {
          return operation.nodes.map(textOf).join('');
        }
        return this.#keep(name, value);
      case 'required':
        if (value === undefined) {
          refuse(
            `The variable ${name} is not set: ${operation.message || 'it is required'}.`,
            `Set ${name}.`,
          );
        }
        return this.#keep(name, value);
      case 'slice':
        return this.#keep(name, sliceBytes(value ?? '', operation.from, operation.length, refuse));
      default:
        return this.#keep(name, value ?? '');
    }
  }

  #keep(name: string, value: string): string {
    const known = this.secrets.some((secret) => secret.name === name && secret.value === value);
    if (!known && value !== '') this.secrets.push({ name, value });
    return value;
  }
}

type RefuseHere = (message: string, next: string) => never;

/** Offsets count bytes, as Go's do; a negative one counts from the end, and so does a negative length. */
function sliceBytes(value: string, offset: number, length: number | null, refuse: RefuseHere): string {
  const bytes = Buffer.from(value);
  const from = clamp(offset < 0 ? offset + bytes.length : offset, bytes.length);
  const to = endOfSlice(from, length ?? bytes.length, bytes.length);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.subarray(from, to));
  } catch {
    return refuse(
      'The offset cuts a character of the value in two: offsets count bytes.',
      'Choose another one.',
    );
  }
}

function endOfSlice(from: number, length: number, all: number): number {
  return Math.max(from, clamp(length < 0 ? all + length : from + length, all));
}

function clamp(value: number, most: number): number {
  return Math.min(Math.max(value, 0), most);
}
