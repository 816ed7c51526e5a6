import type { RedoResult } from '../../engine/index.ts';
import { type Command, RUN_OPTIONS } from '../command.ts';
import { runJson } from '../json.ts';
import { runAndReport } from '../run.ts';

export const redo: Command = {
  does: 'roll back the newest applied migration and apply it again',
  isGooses: true,
  words: [],
  options: ['no-versioning', ...RUN_OPTIONS],
  details: 'Both under one lock. What its tables hold is lost; an irreversible one is refused.',
  example: 'gander redo --verbose',
  run: (call) => runAndReport(call, ({ runner }, request) => runner.redo(request), told),
};

function told({ down, up }: RedoResult): { json: object; text: string } {
  const at = `current version: ${up.current ?? 0}`;
  const text =
    down.steps.length === 0 ? `no migrations to run. ${at}` : `rolled back and applied again. ${at}`;
  return { json: { down: runJson(down), up: runJson(up) }, text: `gander: ${text}` };
}
