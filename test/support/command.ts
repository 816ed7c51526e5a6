import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { packageRoot } from '../../server/package-root.ts';

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

const COMMAND = path.join(packageRoot, 'dist/server/cli/main.js');

interface Options {
  readonly env?: Record<string, string>;
  readonly cwd?: string;
}

/** Runs the built `gander` as a shell would, with nothing of this process's settings. */
export function gander(args: readonly string[], options: Options = {}): Promise<Ended> {
  return startGander(args, options).ended;
}

/** The same, for a test that has something to do with it while it runs. */
export function startGander(args: readonly string[], options: Options = {}): Started {
  return start(process.execPath, [COMMAND, ...args], options);
}

/** Runs any command to its end. */
export function run(command: string, args: readonly string[], options: Options = {}): Promise<Ended> {
  return start(command, args, options).ended;
}

export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

export function start(command: string, args: readonly string[], { env = {}, cwd }: Options): Started {
  const child = spawn(command, args, {
    cwd,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const texts = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (texts.out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (texts.err += text));
  const ended = once(child, 'close').then(([code]) => ({ code, ...texts }));
  return { child, ended };
}
