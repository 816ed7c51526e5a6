import { emitTo, type EngineOptions, type RunRequest } from './options.ts';
import type { State } from './state.ts';

/** Makes Gander's own tables, where they are not there; says so where the run will not be recorded in them. */
export async function prepare(
  options: EngineOptions,
  request: RunRequest,
  { journal }: State,
): Promise<void> {
  if (!journal.present) await options.prepare?.(emitTo(request));
  else if (!journal.writable) emitTo(request)({ type: 'note', message: NOT_WRITABLE });
}

const NOT_WRITABLE =
  'Gander’s own tables may be read by this role, but not written. The run is not recorded. Grant it INSERT, UPDATE and DELETE on all tables of the schema gander.';
