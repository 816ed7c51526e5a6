import { type Dirent, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { GanderError } from './errors.ts';
import { isMigrationName, isModuleName, type NamedFile, parseFileName, skipReason } from './filename.ts';
import type { Warning } from './migration.ts';

/** What the names in a folder say. */
export interface Listing {
  /** By version, ascending; of two files of one version the first. */
  readonly files: readonly NamedFile[];
  /** What makes the folder as a whole ambiguous: bad names, two files of one version. Nothing runs until it is mended. */
  readonly problems: readonly GanderError[];
  readonly warnings: readonly Warning[];
}

/**
 * Lists a folder by its names alone: no file is opened. A folder of 10,000 takes a few milliseconds, so this is what can be
 * asked at every start of a service.
 *
 * @throws GanderError `source_missing`
 */
export async function listFolder(dir: string): Promise<Listing> {
  const files: NamedFile[] = [];
  const problems: GanderError[] = [];
  const warnings: Warning[] = [];
  for (const entry of await entries(dir)) {
    const { name } = entry;
    if (!leadsToFile(dir, entry)) {
      if (!isSilentFolder(name))
        warnings.push(notRead(name, 'it is a folder, and goose does not look into folders'));
    } else if (isMigrationName(name)) {
      const parsed = parseFileName(name);
      if (parsed instanceof GanderError) problems.push(parsed);
      else files.push(parsed);
    } else {
      const reason = skipReason(name);
      if (reason !== null) warnings.push(notRead(name, reason));
    }
  }
  const { unique, twins } = separateTwins(files.toSorted(byVersion));
  return { files: unique, problems: [...problems, ...twins], warnings };
}

async function entries(dir: string): Promise<Dirent[]> {
  try {
    return await readdir(dir, { withFileTypes: true });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const why =
      code === 'ENOENT' ? 'does not exist' : code === 'ENOTDIR' ? 'is a file' : `cannot be read (${code})`;
    throw new GanderError('source_missing', `The migrations folder ${dir} ${why}.`, {
      next: 'Name the folder with GANDER_MIGRATIONS or --dir, or create it.',
      cause: error,
    });
  }
}

/** A link counts as what it leads to; one that leads nowhere as a file, so that it is told that it cannot be read. */
function leadsToFile(dir: string, entry: Dirent): boolean {
  if (!entry.isSymbolicLink()) return entry.isFile();
  try {
    return statSync(path.join(dir, entry.name)).isFile();
  } catch {
    return true;
  }
}

/** Folders that nobody keeps migrations in. */
function isSilentFolder(name: string): boolean {
  return name === 'node_modules' || name.startsWith('.');
}

function notRead(file: string, reason: string): Warning {
  return { file, line: null, message: `Not read: ${reason}.` };
}

function byVersion(a: NamedFile, b: NamedFile): number {
  if (a.version !== b.version) return a.version < b.version ? -1 : 1;
  return a.file < b.file ? -1 : 1;
}

function separateTwins(files: readonly NamedFile[]): { unique: NamedFile[]; twins: GanderError[] } {
  const unique: NamedFile[] = [];
  const twins: GanderError[] = [];
  for (const file of files) {
    const first = unique.at(-1);
    if (first?.version === file.version) twins.push(twinError(first, file));
    else unique.push(file);
  }
  return { unique, twins };
}

function twinError(first: NamedFile, second: NamedFile): GanderError {
  return new GanderError(
    'invalid_file',
    `${first.file} and ${second.file} have the same version, ${second.version}.`,
    { file: second.file, next: nextForTwins(first.file, second.file) },
  );
}

const HALF = /\.(?:up|down)\.\w+$/;

function nextForTwins(first: string, second: string): string {
  const [a, b] = [first, second].toSorted();
  if (isModuleName(a!) && isModuleName(b!) && /\.[cm]?ts$/.test(b!) && a === b!.replace(/ts$/, 'js')) {
    return `${a} looks like what ${b} was built to. Keep one of them here: build into another folder (outDir), or run the TypeScript itself.`;
  }
  return HALF.test(first) && HALF.test(second)
    ? 'This folder looks like golang-migrate’s: goose keeps Up and Down in one file.'
    : 'Rename one of them: a version belongs to one file.';
}
