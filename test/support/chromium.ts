import { execFile } from 'node:child_process';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { lstat, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { createBrotliDecompress } from 'node:zlib';

const run = promisify(execFile);

/** A browser that was seen to start, with what its environment needs; or the reason why there is none. */
export type Found =
  | { readonly path: string; readonly env: Record<string, string> }
  | { readonly missing: string };

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
const CHROME_ON_A_MAC = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';

/** The browser for tests: the one CHROMIUM_PATH names, else the one in the npm package, else an installed one. */
export async function findChromium(): Promise<Found> {
  const named = process.env['CHROMIUM_PATH'];
  if (named) return check(named, {});
  const carried = await unpackCarried().catch((error: unknown) => ({ missing: messageOf(error) }));
  const usable = 'path' in carried ? await check(carried.path, carried.env) : carried;
  if ('path' in usable) return usable;
  const installed = findInstalled();
  return installed === undefined ? usable : check(installed, {});
}

/** A missing library or another C library shows here, as a reason, and not as a failure of every test. */
async function check(path: string, env: Record<string, string>): Promise<Found> {
  try {
    await run(path, ['--version'], { env: { ...process.env, ...env } });
    return { path, env };
  } catch (error) {
    return { missing: `${path} does not start (${messageOf(error)}); set CHROMIUM_PATH to one that does` };
  }
}

function findInstalled(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const paths = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  return [...paths, CHROME_ON_A_MAC].find((path) => existsSync(path));
}

/** Unpacks the browser of `@sparticuz/chromium` once a version, under a name that no half-unpacked one ever has. */
async function unpackCarried(): Promise<Found> {
  const root = dirname(dirname(dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium'))));
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return {
      missing: `none is carried for ${process.platform}-${process.arch}; set CHROMIUM_PATH, or install Chrome`,
    };
  }
  const { version }: { version: string } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  // Kept from run to run: unpacking takes some seconds.
  const shared = process.env['GANDER_TEST_CACHE'] ?? tmpdir();
  const cache = await ownFolder(join(shared, `gander-chromium-${process.getuid?.() ?? 0}`));
  const home = join(cache, version);
  if (!existsSync(home)) {
    const half = await mkdtemp(join(cache, 'unpacking-'));
    try {
      await unpack(join(root, 'bin'), half);
      // Fails when another test file at the same time was first.
      await rename(half, home).catch(() => {});
    } finally {
      await rm(half, { recursive: true, force: true });
    }
  }
  const env = { LD_LIBRARY_PATH: join(home, 'lib'), FONTCONFIG_FILE: await writeFontConfig(home) };
  return { path: join(home, 'chromium'), env };
}

/** Made for us alone, since what is in it gets executed. */
async function ownFolder(path: string): Promise<string> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const found = await lstat(path);
  if (found.isDirectory() && found.uid === process.getuid?.()) return path;
  throw new Error(`${path} belongs to somebody else`);
}

async function unpack(bin: string, target: string): Promise<void> {
  await Promise.all([
    decompress(join(bin, 'chromium.br'), join(target, 'chromium')),
    untar(join(bin, 'al2023.tar.br'), target),
    untar(join(bin, 'fonts.tar.br'), target),
  ]);
}

async function untar(archive: string, target: string): Promise<void> {
  const plain = join(target, basename(archive, '.br'));
  await decompress(archive, plain);
  await run('tar', ['-x', '-o', '-f', plain, '-C', target]);
  await rm(plain);
}

async function decompress(from: string, to: string): Promise<void> {
  await pipeline(createReadStream(from), createBrotliDecompress(), createWriteStream(to, { mode: 0o755 }));
}

/** Fonts of the system, where it has any, and those of the package, so that there is always text to see. */
async function writeFontConfig(home: string): Promise<string> {
  const path = join(home, 'gander-fonts.conf');
  if (existsSync(path)) return path;
  const draft = `${path}.${process.pid}`;
  await writeFile(
    draft,
    `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>${join(home, 'fonts')}</dir>
  <cachedir>${join(home, 'fonts-cache')}</cachedir>
</fontconfig>
`,
  );
  await rename(draft, path);
  return path;
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, ' ').trim();
}
