import type { Resolution, RunResult } from '../../engine/index.ts';
import { UsageError } from '../arguments.ts';
import { type Call, type Command, RUN_OPTIONS, versionIn } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { runJson } from '../json.ts';
import { reading, runAndReport } from '../run.ts';

export const resolve: Command = {
  does: 'look into what a dirty migration has left, and get it out of dirty',
  isGooses: false,
  words: ['<version>'],
  options: [
    'resume',
    'from',
    'retry',
    'undo',
    'repair',
    'applied',
    'not-applied',
    'overrule',
    'reason',
    ...RUN_OPTIONS,
  ],
  details:
    'Without a flag it says what is in the database, and which ways out there are, each with its command; nothing is changed.',
  example: 'gander resolve 20250304094120 --resume --reason mended',
  run: (call) => {
    const version = versionIn(call);
    const resolution = resolutionIn(call);
    if (resolution === null) return look(call, version);
    const { from, repair, reason, overrule } = call.options;
    return runAndReport(
      call,
      ({ migrator }, request) =>
        migrator.resolve(version, resolution, { ...request, from, repair, reason, overrule }),
      (run) => told(version, resolution, run),
    );
  },
};

async function look(call: Call, version: bigint): Promise<number> {
  return reading(call, async ({ migrator, output }) => {
    const findings = await migrator.findings(version);
    const { findingsJson, findingsText } = await import('../findings-text.ts');
    const { folded } = await import('../../engine/index.ts');
    output.result(findingsJson(findings), findingsText(findings, folded(findings.statements), output.paint));
    return EXIT.done;
  });
}

const RESOLUTIONS = {
  applied: 'applied',
  'not-applied': 'not applied',
  retry: 'retry',
  resume: 'resume',
  undo: 'down',
  repair: 'repair',
} as const satisfies Readonly<Record<string, Resolution>>;

/** null: only to look. */
function resolutionIn({ options }: Call): Resolution | null {
  const names = Object.keys(RESOLUTIONS) as (keyof typeof RESOLUTIONS)[];
  const [choice, ...others] = names.filter((name) => options[name] !== undefined && options[name] !== false);
  if (others.length > 0) {
    throw new UsageError(
      'resolve takes one way out of dirty.',
      'Say one of --resume, --retry, --undo, --repair, --applied and --not-applied, or none of them to see what is there.',
    );
  }
  if (options.from !== undefined && choice !== 'resume')
    throw new UsageError('--from goes with --resume.', 'It is the statement to go on with.');
  if (choice === undefined && (options.reason !== undefined || options.overrule !== undefined))
    throw new UsageError(
      '--reason and --overrule go with a way out of dirty.',
      'Without one nothing is done.',
    );
  return choice === undefined ? null : RESOLUTIONS[choice];
}

const DONE: Readonly<Record<Resolution, string>> = {
  applied: 'is recorded as applied',
  'not applied': 'is recorded as not applied',
  retry: 'has been run',
  resume: 'has been run',
  down: 'has been undone',
  repair: 'is set right',
};

function told(version: bigint, resolution: Resolution, run: RunResult): { json: object; text: string } {
  const text = `gander: ${version} ${DONE[resolution]}. current version: ${run.current ?? 0}`;
  return { json: { version, resolution, run: runJson(run) }, text };
}
