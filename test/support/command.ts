import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { packageRoot } from '../../server/package-root.ts';

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** The built command. */
export const commandFile = path.join(packageRoot, 'dist/server/cli/main.js');

interface Options {
  readonly env?: Record<string, string>;
  readonly cwd?: string;
  /** Default: nothing comes from there. */
  readonly stdin?: 'pipe';
}

/** Runs the built `gander` as a shell would, with nothing of this process's settings. */
export function gander(args: readonly string[], options: Options = {}): Promise<Ended> {
  return startGander(args, options).ended;
}

/** The same, for a test that has something to do with it while it runs. */
export function startGander(args: readonly string[], options: Options = {}): Started {
  return start(process.execPath, [commandFile, ...args], options);
}

/** Runs any command to its end. */
export function run(command: string, args: readonly string[], options: Options = {}): Promise<Ended> {
  return start(command, args, options).ended;
}

export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Waits until what it has printed, on either stream, matches. @throws when it ends without */
  readonly said: (pattern: RegExp) => Promise<void>;
}

export function start(command: string, args: readonly string[], options: Options): Started {
  const { env = {}, cwd, stdin = 'ignore' } = options;
  const child = spawn(command, args, {
    cwd,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
    stdio: [stdin, 'pipe', 'pipe'],
  });
  const texts = { out: '', err: '' };
  child.stdout!.setEncoding('utf8').on('data', (text: string) => (texts.out += text));
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (texts.err += text));
  const ended = once(child, 'close').then(([code]) => ({ code, ...texts }));
  const said = async (pattern: RegExp): Promise<void> => {
    const matches = (): boolean => pattern.test(texts.out) || pattern.test(texts.err);
    const over = ended.then(() => true);
    while (!matches()) {
      const isOver = await Promise.race([over, sleep(20, false)]);
      if (isOver && !matches()) throw new Error(`It never said ${pattern}:\n${texts.out}${texts.err}`);
    }
  };
  return { child, ended, said };
}
