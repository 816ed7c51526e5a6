import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { root } from './root.ts';

/** What docs/json.md says of a section, read from the document itself. */
export interface Section {
  readonly title: string;
  readonly shape: unknown;
  readonly example: unknown;
}

/** All sections of docs/json.md, by title; a section of several commands is there under each of them. */
export async function documentedShapes(): Promise<ReadonlyMap<string, Section>> {
  const text = await readFile(path.join(root, 'docs/json.md'), 'utf8');
  const parts = text.split(/^##+ /m).slice(1);
  const found = parts.flatMap((part) => {
    const shape = block(part, 'shape');
    const heading = part.slice(0, part.indexOf('\n'));
    return shape === null
      ? []
      : heading.split(', ').map((title) => ({ title, shape, example: block(part, 'example') }));
  });
  return new Map(found.map((section) => [section.title, section]));
}

function block(part: string, kind: string): unknown {
  const text = new RegExp(`^\`\`\`json ${kind}\\n([^]*?)^\`\`\``, 'm').exec(part)?.[1];
  return text === undefined ? null : JSON.parse(text);
}

/** Holds a value against a shape: every field is there, none besides, and each is of its kind. */
export function assertShape(
  value: unknown,
  shape: unknown,
  sections: ReadonlyMap<string, Section>,
  at: string,
): void {
  if (typeof shape === 'string') return assertKind(value, shape, sections, at);
  if (Array.isArray(shape)) {
    assert.ok(Array.isArray(value), `${at} is no list`);
    for (const [index, one] of value.entries()) assertShape(one, shape[0], sections, `${at}[${index}]`);
    return;
  }
  assert.ok(typeof value === 'object' && value !== null && !Array.isArray(value), `${at} is no object`);
  const fields = shape as Record<string, unknown>;
  assert.deepEqual(Object.keys(value).toSorted(), Object.keys(fields).toSorted(), at);
  for (const [name, inner] of Object.entries(value))
    assertShape(inner, fields[name], sections, `${at}.${name}`);
}

const KINDS: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number',
  boolean: (value) => typeof value === 'boolean',
  null: (value) => value === null,
  version: (value) => typeof value === 'string' && /^\d+$/.test(value),
  time: (value) => typeof value === 'string' && new Date(value).toISOString() === value,
};

function assertKind(value: unknown, kinds: string, sections: ReadonlyMap<string, Section>, at: string): void {
  const alternatives = kinds.split(' | ');
  if (alternatives.some((kind) => kind === `'${String(value)}'` || KINDS[kind]?.(value) === true)) return;
  const part = alternatives.find((kind) => /^[A-Z]/.test(kind));
  const section = part === undefined ? undefined : sections.get(part);
  assert.ok(section !== undefined, `${at} is ${JSON.stringify(value)}, not ${kinds}`);
  assertShape(value, section.shape, sections, at);
}
