import { readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { GanderError } from '../errors.ts';
import type { Script } from '../migration.ts';
import { normalise } from '../sql/normalise.ts';
import { readExports } from './exports.ts';
import { asLoadError } from './load-error.ts';

/** A page that lists migrations must answer, whatever a module waits for while it is loaded. */
const PATIENCE_MS = 10_000;

/** A module's file, what it holds, and the checksum of that. */
export interface ModuleFile {
  readonly path: string;
  /** Its name, for errors. */
  readonly file: string;
  readonly text: string;
  readonly checksum: string;
}

interface Loaded {
  /** How stack traces name the file. */
  readonly names: readonly string[];
  readonly exports: Promise<unknown>;
}

/** By path and checksum: each text is loaded once, for Node keeps it as long as the process lives. */
const known = new Map<string, Loaded>();

const { cache } = createRequire(import.meta.url);

/**
 * Imports a migration in JavaScript, or in TypeScript where this Node can. What stands outside of its functions runs. An
 * edited file is imported anew; what it imports in its turn is not.
 *
 * @param patience how long it may take, in milliseconds; default: 10 seconds
 * @throws GanderError `invalid_file` with the place and what to do
 */
export async function loadModule(module: ModuleFile, patience = PATIENCE_MS): Promise<Script> {
  refuseTypeScript(module.file);
  // The path without links is what Node goes by, and so do stack traces.
  const path = realpathSync(module.path);
  const key = `${module.checksum} ${path}`;
  const { names, exports } = known.get(key) ?? load(key, { ...module, path }, patience);
  try {
    return readExports(module.file, await exports, names);
  } catch (error) {
    throw error instanceof GanderError ? error : asLoadError(error, { ...module, names });
  }
}

/** Node 22.18 and 23.6 are the first that run TypeScript unasked: they leave the types out. */
function refuseTypeScript(file: string): void {
  if (!/\.[cm]?ts$/.test(file)) return;
  if ((process.features as { typescript?: unknown }).typescript) return;
  throw new GanderError(
    'invalid_file',
    `${file} is TypeScript, which this Node (${process.version}) cannot run.`,
    {
      file,
      next: 'Run Gander with Node 22.18 or newer, or compile the file and keep the JavaScript here in its place.',
    },
  );
}

let loads = 0;

function load(key: string, module: ModuleFile, patience: number): Loaded {
  const url = `${pathToFileURL(module.path).href}?v=${++loads}`;
  // ES modules are cached by their URL, CommonJS by its path.
  delete cache[module.path];
  const exports = withinPatience(import(url), patience).finally(() => refuseChanged(key, module));
  const loaded = { names: [url, module.path], exports };
  known.set(key, loaded);
  return loaded;
}

/** Node opens the file by itself. What it has found there must be the text that is hashed, stored and shown. */
function refuseChanged(key: string, { path, file, text }: ModuleFile): void {
  if (normalise(readFileSync(path), file) === text) return;
  known.delete(key);
  throw new GanderError('invalid_file', `${file} was changed while it was being read.`, {
    file,
    next: 'Try again.',
  });
}

async function withinPatience<T>(loading: Promise<T>, patience: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const error = new Error(`it is not ready after ${patience / 1_000} seconds`);
    timer = setTimeout(() => reject(error), patience);
  });
  return Promise.race([loading, late]).finally(() => clearTimeout(timer));
}
