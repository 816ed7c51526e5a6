// `--no-versioning`, as goose has it: files are run without a history. Loaded only when it is asked for.
import { folder, type MigratorOptions, redoUnversioned, runUnversioned } from '../engine/index.ts';
import { type Call, configOf } from './command.ts';
import type { Context } from './context.ts';
import { EXIT } from './exit-codes.ts';

/** Runs files as a Migrator runs migrations. */
export function unversioned(options: MigratorOptions): Context['runner'] {
  return {
    up: (request) => runUnversioned(options, { ...request, direction: 'up' }),
    down: (request) => runUnversioned(options, { ...request, direction: 'down' }),
    redo: (request) => redoUnversioned(options, request ?? {}),
  };
}

/** `status --no-versioning`: the files, of which nobody knows what has been run. @returns the exit code */
export async function listFiles(call: Call): Promise<number> {
  const { files } = await folderOf(call).list();
  const lines = files.map(({ file }) => `no versioning  ${file}`);
  call.output.result({ files }, lines.join('\n'));
  return EXIT.done;
}

/** `version --no-versioning`: the newest file's. @returns the exit code */
export async function newestFile(call: Call): Promise<number> {
  const { files } = await folderOf(call).list();
  const version = files.at(-1)?.version ?? null;
  call.output.result({ version }, `gander: file version ${version ?? 0}`);
  return EXIT.done;
}

function folderOf(call: Call): ReturnType<typeof folder> {
  return folder(configOf(call).migrations);
}
