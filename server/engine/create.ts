import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { GanderError } from './errors.ts';

const TEMPLATE = `-- +goose Up

-- +goose Down
`;

/**
 * Makes an empty migration `YYYYMMDDHHMMSS_snake_case.sql`, and the folder where it is not there.
 *
 * @param now gives the version, in UTC
 * @returns the path of the new file
 * @throws GanderError `invalid_request` when nothing of the name can be used or the file is there already
 */
export async function createMigration(dir: string, name: string, now: Date): Promise<string> {
  const slug = snakeCase(name);
  if (slug === '') {
    throw new GanderError('invalid_request', `“${name}” makes no file name.`, {
      next: 'Say what the migration does, in letters and digits: gander create add_phone_to_users.',
    });
  }
  const version = now.toISOString().replaceAll(/\D/g, '').slice(0, 14);
  const file = path.join(dir, `${version}_${slug}.sql`);
  await mkdir(dir, { recursive: true });
  await writeFile(file, TEMPLATE, { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    throw new GanderError('invalid_request', `${file} cannot be written (${error.code}).`, { cause: error });
  });
  return file;
}

/** `Add phone, to Users` and `addPhoneToUsers` both become `add_phone_to_users`. */
function snakeCase(name: string): string {
  return name
    .replaceAll(/([\p{Ll}\d])(\p{Lu})/gu, '$1_$2')
    .toLowerCase()
    .replaceAll(/[^\p{L}\d]+/gu, '_')
    .replaceAll(/^_+|_+$/g, '')
    .slice(0, 100);
}
