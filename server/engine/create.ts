import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { GanderError } from './errors.ts';

const TEMPLATE = `-- +goose Up

-- +goose Down
`;

/**
 * Makes an empty migration `YYYYMMDDHHMMSS_snake_case.sql`, and the folder where it is not there.
 *
 * @param version the time that becomes the version, in UTC; or the number after the largest one that is no time,
 *   written with five digits (`00042`), as goose does with `-s`
 * @returns the path of the new file
 * @throws GanderError `invalid_request` when nothing of the name can be used or the file is there already
 */
export async function createMigration(
  dir: string,
  name: string,
  version: Date | 'next number',
): Promise<string> {
  const slug = snakeCase(name);
  if (slug === '') {
    throw new GanderError('invalid_request', `“${name}” makes no file name.`, {
      next: 'Say what the migration does, in letters and digits: gander create add_phone_to_users.',
    });
  }
  try {
    await mkdir(dir, { recursive: true });
    const file = path.join(
      dir,
      `${version === 'next number' ? await nextNumber(dir) : await freeTime(dir, version)}_${slug}.sql`,
    );
    await writeFile(file, TEMPLATE, { flag: 'wx' });
    return file;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
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

/** Goose takes any version from this one on for a time (goose 3.27, migration.go: the year 1970). */
const FIRST_TIME = 19_700_101_000_000n;

async function nextNumber(dir: string): Promise<string> {
  const versions = (await readdir(dir))
    .flatMap((name) => /^(\d+)_.*\.sql$/.exec(name)?.[1] ?? [])
    .map(BigInt);
  const numbers = versions.filter((version) => version < FIRST_TIME);
  return String(numbers.reduce((largest, number) => (number > largest ? number : largest), 0n) + 1n).padStart(
    5,
    '0',
  );
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
