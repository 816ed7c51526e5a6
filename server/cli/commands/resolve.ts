import type { Resolution, RunResult } from '../../engine/index.ts';
import { UsageError } from '../arguments.ts';
import { type Call, type Command, RUN_OPTIONS, versionIn } from '../command.ts';
import { runJson } from '../json.ts';
import { runAndReport } from '../run.ts';

export const resolve: Command = {
  does: 'get a migration out of dirty, after looking into the database',
  isGooses: false,
  words: ['<version>'],
  options: ['applied', 'not-applied', 'retry', 'resume', 'from', ...RUN_OPTIONS],
  details: 'One of --applied, --not-applied, --retry and --resume says how.',
  example: 'gander resolve 20250304094120 --resume',
  run: (call) => {
    const version = versionIn(call);
    const resolution = resolutionIn(call);
    const { from } = call.options;
    return runAndReport(
      call,
      ({ migrator }, request) => migrator.resolve(version, resolution, { ...request, from }),
      (run) => told(version, resolution, run),
    );
  },
};

const RESOLUTIONS = {
  applied: 'applied',
  'not-applied': 'not applied',
  retry: 'retry',
  resume: 'resume',
} as const satisfies Readonly<Record<string, Resolution>>;

function resolutionIn({ options }: Call): Resolution {
  const names = Object.keys(RESOLUTIONS) as (keyof typeof RESOLUTIONS)[];
  const [choice, ...others] = names.filter((name) => options[name] === true);
  if (choice === undefined || others.length > 0) {
    throw new UsageError(
      'resolve needs to know what you found in the database, or what to do.',
      'Say one of --applied, --not-applied, --retry and --resume.',
    );
  }
  if (options.from !== undefined && choice !== 'resume')
    throw new UsageError('--from goes with --resume.', 'It is the statement to go on with.');
  return RESOLUTIONS[choice];
}

function told(version: bigint, resolution: Resolution, run: RunResult): { json: object; text: string } {
  const ran = resolution === 'retry' || resolution === 'resume';
  const what = ran ? `has been run` : `is recorded as ${resolution}`;
  const text = `gander: ${version} ${what}. current version: ${run.current ?? 0}`;
  return { json: { version, resolution, run: runJson(run) }, text };
}
