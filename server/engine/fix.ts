import { link, readdir, rename, unlink } from 'node:fs/promises';
import path from 'node:path';
import { GanderError } from './errors.ts';
import type { NamedFile } from './filename.ts';
import { type Listing, listFolder } from './listing.ts';
import { isTimestamp, sequenceNumber } from './timestamp.ts';

/** A file's name, and the one it gets. */
export interface Renaming {
  readonly from: string;
  readonly to: string;
}

/**
 * Gives the files whose version is a time the numbers after the largest one, in their order, as `goose fix` does: times
 * keep branches from colliding, numbers are easier to read once the order is settled.
 *
 * Either all are renamed or none, as far as a file system allows: what fails half-way is taken back.
 *
 * @param applied what the database has, dirty or not: none of these files is renamed, since it would run once more
 * @returns what was renamed; nothing when no version is a time
 * @throws GanderError `source_missing`, `invalid_file` (the folder is ambiguous), `invalid_request` (a renamed file would
 *   come before an applied one, a name is taken, the file system refuses)
 */
export async function fixFolder(dir: string, applied: ReadonlySet<bigint>): Promise<Renaming[]> {
  const listing = await listFolder(dir);
  const renamings = planFix(listing, applied);
  requireFree(renamings, await readdir(dir));
  await renameAll(dir, renamings);
  return renamings;
}

/** Which files get which names. Pure. @throws GanderError as `fixFolder` */
export function planFix({ files, problems, warnings }: Listing, applied: ReadonlySet<bigint>): Renaming[] {
  if (problems[0] !== undefined) throw problems[0];
  const late = files.filter(({ version }) => isTimestamp(version) && !applied.has(version));
  if (late.length === 0) return [];
  refuseAppliedTimes(applied);
  refuseGo(warnings.map(({ file }) => file));
  const numbers = [...files.map(({ version }) => version), ...applied].filter((one) => !isTimestamp(one));
  const largest = numbers.reduce((most, number) => (number > most ? number : most), 0n);
  return late.map((file, index) => ({ from: file.file, to: renamed(file, largest + 1n + BigInt(index)) }));
}

function renamed({ file }: NamedFile, number: bigint): string {
  return sequenceNumber(number) + file.slice(file.indexOf('_'));
}

/** A number is below every time: what is renamed now would be out of order. */
function refuseAppliedTimes(applied: ReadonlySet<bigint>): void {
  const time = [...applied].find(isTimestamp);
  if (time === undefined) return;
  throw new GanderError(
    'invalid_request',
    `${time} is applied: whatever gets a number now would come before it.`,
    {
      next: 'Files are given numbers before any of them is applied. Leave their times to these.',
    },
  );
}

/** Goose's migrations in Go are part of the sequence, and their versions are also written in their code. */
function refuseGo(notRead: readonly string[]): void {
  const file = notRead.find((name) => /^\d+_.*\.go$/.test(name));
  if (file === undefined) return;
  throw new GanderError(
    'invalid_request',
    `${file} is part of the sequence, and Gander does not rename files in Go.`,
    {
      file,
      next: 'Let goose fix this folder.',
    },
  );
}

function requireFree(renamings: readonly Renaming[], names: readonly string[]): void {
  const taken = renamings.find(({ to }) => names.includes(to));
  if (taken === undefined) return;
  throw new GanderError(
    'invalid_request',
    `${taken.from} cannot become ${taken.to}: that file is there already.`,
    {
      file: taken.to,
      next: 'Move it out of the folder, or rename it.',
    },
  );
}

/** @throws GanderError `invalid_request` when a file cannot be renamed; those before it have their names back then */
export async function renameAll(dir: string, renamings: readonly Renaming[]): Promise<void> {
  const done: Renaming[] = [];
  try {
    for (const renaming of renamings) {
      await move(path.join(dir, renaming.from), path.join(dir, renaming.to));
      done.push(renaming);
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    for (const { from, to } of done.toReversed())
      await move(path.join(dir, to), path.join(dir, from)).catch(() => {});
    throw new GanderError('invalid_request', `No file can be renamed in ${dir} (${code}). None was.`, {
      cause: error,
    });
  }
}

/** `rename` would overwrite a file that somebody has made meanwhile, `link` does not; some file systems have no links. */
async function move(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (!NO_LINKS.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
    return rename(from, to);
  }
  return unlink(from);
}

const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EXDEV']);
