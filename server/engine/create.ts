import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { GanderError } from './errors.ts';
import { isTimestamp, sequenceNumber } from './timestamp.ts';

const SQL = `-- +goose Up

-- +goose Down
`;

const JAVASCRIPT = `/** @param {import('pg').ClientBase} client in a transaction of its own */
export async function up(client) {
  await client.query('');
}

/** @param {import('pg').ClientBase} client in a transaction of its own */
export async function down(client) {
  await client.query('');
}
`;

/** What to make: in which language, and with which version. */
export interface NewMigration {
  readonly kind: 'sql' | 'js';
  /**
   * The time that becomes the version, in UTC; or the number after the largest one that is no time, written with five
   * digits (`00042`), as goose does with `-s`.
   */
  readonly version: Date | 'next number';
}

/**
 * Makes an empty migration `YYYYMMDDHHMMSS_snake_case.sql`, and the folder where it is not there. One in JavaScript ends
 * with `.js` where Node takes such files for ES modules, and with `.mjs` elsewhere.
 *
 * @returns the version, and the path of the new file
 * @throws GanderError `invalid_request` when nothing of the name can be used, or no file can be made
 */
export async function createMigration(
  dir: string,
  name: string,
  { kind, version }: NewMigration,
): Promise<{ version: string; file: string }> {
  const slug = snakeCase(name);
  if (slug === '') {
    throw new GanderError('invalid_request', `“${name}” makes no file name.`, {
      next: 'Say what the migration does, in letters and digits: gander create add_phone_to_users.',
    });
  }
  try {
    await mkdir(dir, { recursive: true });
    const number = await (version === 'next number' ? nextNumber(dir) : freeTime(dir, version));
    const ending = kind === 'sql' ? 'sql' : (await hasModules(dir)) ? 'js' : 'mjs';
    const file = path.join(dir, `${number}_${slug}.${ending}`);
    await writeFile(file, kind === 'sql' ? SQL : JAVASCRIPT, { flag: 'wx' });
    return { version: BigInt(number).toString(), file };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new GanderError('invalid_request', `No file can be made in ${dir} (${code}).`, { cause: error });
  }
}

/** The time, or the first second after it that no file has yet: two made at once must not share a version. */
async function freeTime(dir: string, now: Date): Promise<string> {
  const taken = new Set((await readdir(dir)).map((name) => name.split('_')[0]));
  for (let second = now.getTime(); ; second += 1_000) {
    const version = new Date(second).toISOString().replaceAll(/\D/g, '').slice(0, 14);
    if (!taken.has(version)) return version;
  }
}

/** Goose's migrations in Go count too: a folder is one sequence, whoever runs which part of it. */
const MIGRATION = /^(\d+)_.*\.(?:sql|go|[cm]?[jt]s)$/;

async function nextNumber(dir: string): Promise<string> {
  const versions = (await readdir(dir)).flatMap((name) => MIGRATION.exec(name)?.[1] ?? []).map(BigInt);
  const numbers = versions.filter((version) => !isTimestamp(version));
  return sequenceNumber(numbers.reduce((largest, number) => (number > largest ? number : largest), 0n) + 1n);
}

/** Whether `.js` files of this folder are ES modules: the nearest package.json says so (https://nodejs.org/api/packages.html#type). */
async function hasModules(dir: string): Promise<boolean> {
  for (let at = path.resolve(dir); ; at = path.dirname(at)) {
    const text = await readFile(path.join(at, 'package.json'), 'utf8').catch(() => null);
    if (text !== null) return typeOf(text) === 'module';
    if (path.dirname(at) === at) return false;
  }
}

function typeOf(packageJson: string): unknown {
  try {
    return (JSON.parse(packageJson) as { type?: unknown } | null)?.type;
  } catch {
    return undefined; // Node itself will complain of it when the file is run
  }
}

/** File systems allow 255 bytes for a name, and a letter may take four of them. */
const LETTERS = 50;

/** `Add phone, to Users` and `addPhoneToUsers` both become `add_phone_to_users`. */
function snakeCase(name: string): string {
  return name
    .replaceAll(/([\p{Ll}\d])(\p{Lu})/gu, '$1_$2')
    .toLowerCase()
    .replaceAll(/[^\p{L}\d]+/gu, '_')
    .replaceAll(/^_+|_+$/g, '')
    .slice(0, LETTERS);
}
