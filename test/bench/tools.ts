/** What is measured, and what it is measured against: each as a whole process. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const BUILT = fileURLToPath(new URL('../..', import.meta.url));
const GANDER = path.join(BUILT, 'server/cli/main.js');
const FLOOR = path.join(BUILT, 'test/bench/floor.js');
const PEAK = path.join(BUILT, 'test/bench/peak.js');

export type ToolName = 'gander' | 'floor' | 'goose';

interface Command {
  readonly program: string;
  readonly args: readonly string[];
}

/** Applies what is pending in `dir`. */
export function upOf(tool: ToolName, dir: string, url: string): Command {
  if (tool === 'goose') return { program: goosePath()!, args: ['-dir', dir, 'postgres', url, 'up'] };
  if (tool === 'floor') return { program: process.execPath, args: [FLOOR, dir, url] };
  return ganderCommand(['up', '--dir', dir, '--database', url]);
}

export function ganderCommand(args: readonly string[]): Command {
  return { program: process.execPath, args: [GANDER, ...args] };
}

/** A Node that does nothing: what every Node program pays before its first line. */
export const EMPTY_NODE: Command = { program: process.execPath, args: ['-e', '0'] };

/** goose, if the PATH has it. */
export function goosePath(): string | null {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  return folders.map((folder) => path.join(folder, 'goose')).find((file) => existsSync(file)) ?? null;
}

/** Runs a command to its end. @returns milliseconds @throws Error with its output when it fails */
export async function timed(
  { program, args }: Command,
  env: Readonly<Record<string, string>> = {},
): Promise<number> {
  const { PATH, HOME } = process.env as Record<string, string>;
  const started = performance.now();
  const child = spawn(program, args, { env: { PATH, HOME, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-2_000)));
  }
  const [code] = await once(child, 'close');
  const took = performance.now() - started;
  if (code !== 0)
    throw new Error(`${path.basename(program)} ${args.join(' ')} ended with ${code}:\n${output}`);
  return took;
}

/** Runs a Node command to its end. @returns the most memory that it held at once, in bytes */
export async function peakOf({ program, args }: Command, folder: string): Promise<number> {
  const file = path.join(folder, 'peak');
  await timed({ program, args: ['--import', PEAK, ...args] }, { GANDER_BENCH_PEAK: file });
  return Number(await readFile(file, 'utf8'));
}
