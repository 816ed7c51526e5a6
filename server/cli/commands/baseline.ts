import type { RunResult } from '../../engine/index.ts';
import { count } from '../../words.ts';
import { type Command, RUN_OPTIONS, versionIn } from '../command.ts';
import { runJson } from '../json.ts';
import { runAndReport } from '../run.ts';

export const baseline: Command = {
  does: 'record everything up to a version as applied, and run nothing',
  isGooses: false,
  words: ['<version>'],
  options: RUN_OPTIONS,
  details: 'For a database that had its schema before it had a history.',
  example: 'gander baseline 20250304094120',
  run: (call) => {
    const version = versionIn(call);
    return runAndReport(call, ({ migrator }, request) => migrator.baseline(version, request), told);
  },
};

function told(run: RunResult): { json: object; text: string } {
  const { steps, current } = run;
  const what =
    steps.length === 0 ? 'nothing to record' : `recorded ${count(steps.length, 'migration')} as applied`;
  return { json: runJson(run), text: `gander: ${what}. current version: ${current ?? 0}` };
}
