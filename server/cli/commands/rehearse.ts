import type { Rehearsal } from '../../engine/index.ts';
import { type Command, planRequestOf } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { runAndReport } from '../run.ts';

export const rehearse: Command = {
  does: 'run what up would run (or down-to, with --down) on this database, roll it back, and tell what was seen',
  isGooses: false,
  words: [],
  options: ['to', 'down', 'limit', 'lock-timeout', 'lock-wait', 'check'],
  details:
    'It takes the real locks, and keeps others waiting as a run would, for as long as --limit at most; a statement waits 2s for a table, and while somebody migrates it does not begin (unless --lock-wait says otherwise). What cannot be rehearsed is told. Exit code 1 when a migration would fail or the time was up; with --check, 4 when a Down does not bring back the schema.',
  example: 'gander rehearse --to 20250304094120 --limit 10s',
  run: (call) => {
    const { options } = call;
    const request = planRequestOf(call);
    let exitCode: number = EXIT.done;
    return runAndReport(
      call,
      ({ migrator }, { signal, lockWait, lockTimeout }) =>
        migrator.rehearse({ ...request, signal, lockWait, lockTimeout, limit: options.limit }),
      async (result) => {
        exitCode = exitCodeOf(result, options.check === true);
        const { rehearsalJson } = await import('../rehearsal-json.ts');
        const { rehearsalText } = await import('../rehearsal-text.ts');
        return { json: rehearsalJson(result), text: rehearsalText(result, call.output.paint) };
      },
    ).then((code) => (code === EXIT.done ? exitCode : code));
  },
};

function exitCodeOf({ outcome, steps }: Rehearsal, isChecked: boolean): number {
  if (outcome === 'failed' || outcome === 'out of time') return EXIT.failed;
  const isLost = steps.some(({ down }) => down?.outcome === 'different' || down?.outcome === 'failed');
  return isChecked && isLost ? EXIT.notUpToDate : EXIT.done;
}
