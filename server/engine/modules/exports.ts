import { GanderError } from '../errors.ts';
import { DEFAULT_SETTINGS, type Module, type Script, type Section, type Warning } from '../migration.ts';

/** What Gander reads of a module. */
const KNOWN = ['up', 'down', 'transaction', 'lockTimeout', 'statementTimeout', 'outOfOrder'] as const;

type Known = (typeof KNOWN)[number];

/** What Node and compilers put among the exports. */
const NOT_OURS = new Set(['default', '__esModule', 'module.exports']);

const EMPTY: Section = { line: null, statements: [] };

/**
 * Makes a script of what a module exports: by name (`export async function up`), all in one (`export default { up }`), or
 * the way of CommonJS (`exports.up = …`, `module.exports = { up }`), also as compilers write the first two.
 *
 * @param names how stack traces name the file
 * @throws GanderError `invalid_file` when `up` is missing, or something is not of the type that it must have
 */
export function readExports(file: string, loaded: unknown, names: readonly string[]): Script {
  const layers = layersOf(loaded);
  const up = functionNamed('up', file, layers);
  if (up === null) throw withoutUp(file, layers);
  return {
    transaction: switchOf('transaction', file, layers) ?? true,
    up: EMPTY,
    down: EMPTY,
    settings: {
      lockTimeout: timeoutOf('lockTimeout', file, layers),
      statementTimeout: timeoutOf('statementTimeout', file, layers),
      outOfOrder: switchOf('outOfOrder', file, layers) ?? DEFAULT_SETTINGS.outOfOrder,
      allowances: DEFAULT_SETTINGS.allowances,
    },
    warnings: warningsFor(file, layers),
    secrets: [],
    module: { up, down: functionNamed('down', file, layers), names },
  };
}

type Layer = Readonly<Record<string, unknown>>;

/** The exports by name; then what is exported by `default`, which for CommonJS is `module.exports`, and may again have one. */
function layersOf(loaded: unknown): Layer[] {
  const layers: Layer[] = [];
  for (let layer = loaded; isLayer(layer) && layers.length < 3; layer = layer['default']) layers.push(layer);
  return layers;
}

function isLayer(value: unknown): value is Layer {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/** The value, and what it is a member of: a function of `export default { … }` may say `this`. */
function find(name: string, layers: readonly Layer[]): { value: unknown; owner: Layer } | null {
  const owner = layers.find((layer) => layer[name] !== undefined);
  return owner === undefined ? null : { value: owner[name], owner };
}

function functionNamed(name: 'up' | 'down', file: string, layers: readonly Layer[]): Module['down'] {
  const found = find(name, layers);
  if (found === null || (name === 'down' && found.value === null)) return null;
  const { value, owner } = found;
  if (typeof value === 'function') return (client) => Reflect.apply(value, owner, [client]);
  throw new GanderError(
    'invalid_file',
    `${file} exports \`${name}\` as ${aTypeOf(value)}, not as a function.`,
    {
      file,
      next:
        name === 'up'
          ? WRITE_UP
          : 'Make it a function, or leave it out: a migration without `down` is irreversible.',
    },
  );
}

/** @returns null when it is not exported */
function switchOf(
  name: 'transaction' | 'outOfOrder',
  file: string,
  layers: readonly Layer[],
): boolean | null {
  const value = find(name, layers)?.value ?? null;
  if (value === null || typeof value === 'boolean') return value;
  throw wrongType(name, value, 'true or false', file);
}

/** Milliseconds; 0 is no limit. @returns null when it is not exported */
function timeoutOf(
  name: 'lockTimeout' | 'statementTimeout',
  file: string,
  layers: readonly Layer[],
): number | null {
  const value = find(name, layers)?.value ?? null;
  if (value === null || (typeof value === 'number' && value >= 0 && value <= LONGEST_MS)) return value;
  throw wrongType(name, value, 'a number of milliseconds', file);
}

/** PostgreSQL keeps its timeouts in 32 bits. */
const LONGEST_MS = 2 ** 31 - 1;

function wrongType(name: Known, value: unknown, wanted: string, file: string): GanderError {
  const given = typeof value === 'number' ? String(value) : aTypeOf(value);
  return new GanderError('invalid_file', `${file} exports \`${name}\` as ${given}, not as ${wanted}.`, {
    file,
    next: 'Mend it, or leave it out.',
  });
}

const WRITE_UP =
  'Write `export async function up(client) { await client.query(…) }`, or in CommonJS `exports.up = async (client) => { … }`.';

function withoutUp(file: string, layers: readonly Layer[]): GanderError {
  const given = exportsOf(layers);
  const instead = layers.some((layer) => typeof layer === 'function')
    ? ': it exports a function without that name'
    : given.length > 0
      ? `, only ${given.slice(0, 5).map(quoted).join(', ')}`
      : '';
  return new GanderError('invalid_file', `${file} does not export a function \`up\`${instead}.`, {
    file,
    next: WRITE_UP,
  });
}

/** A misspelt `down` would make a migration irreversible without a word. */
function warningsFor(file: string, layers: readonly Layer[]): Warning[] {
  const unknown = exportsOf(layers).filter((name) => !KNOWN.some((known) => known === name));
  return unknown.map((name) => ({
    file,
    line: null,
    message: `The export ${quoted(name)} means nothing to Gander, which reads ${KNOWN.map(quoted).join(', ')}.`,
  }));
}

/** Node guesses the names that CommonJS exports from its text, and may guess one that is not there. */
function exportsOf(layers: readonly Layer[]): string[] {
  const names = layers.flatMap((layer) => Object.keys(layer).filter((name) => layer[name] !== undefined));
  return [...new Set(names)].filter((name) => !NOT_OURS.has(name));
}

function quoted(name: string): string {
  return `\`${name}\``;
}

function aTypeOf(value: unknown): string {
  if (value === null) return 'null';
  const type = Array.isArray(value) ? 'array' : typeof value;
  return `${/^[aeiou]/.test(type) ? 'an' : 'a'} ${type}`;
}
