import { ConfigError, type DashboardConfig, dashboardConfig } from './config.ts';
import { type Dashboard, startDashboard, StartError } from './dashboard.ts';
import { GanderError, messageOf } from './engine/index.ts';

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const complain = (line: string): void => void process.stderr.write(`${line}\n`);

/** Says why there is no dashboard. @returns the exit code, as of the command */
function explain(error: unknown): number {
  if (error instanceof ConfigError) {
    for (const problem of error.problems) complain(problem);
    return 2;
  }
  complain(
    error instanceof GanderError && error.next !== null ? `${error.message} ${error.next}` : messageOf(error),
  );
  if (error instanceof GanderError) return error.code === 'unreachable' ? 5 : 2;
  return error instanceof StartError ? 2 : 1;
}

/** Ctrl-C under npm arrives twice: from the terminal, and passed on by npm. */
const SAME_SIGNAL_MS = 1_000;

/** The first signal stops in an orderly way, a second one at once. */
function stopOnSignals(dashboard: Dashboard, { watchParent }: DashboardConfig): void {
  let since: number | null = null;
  const stop = (): void => {
    if (since !== null && performance.now() - since > SAME_SIGNAL_MS) process.exit(1);
    if (since !== null) return;
    since = performance.now();
    print('Stopping …');
    void dashboard.stop().then(() => process.exit(0));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  if (watchParent) watch(process.ppid, stop);
}

/** npm passes on Ctrl-C and SIGTERM, but dies of a SIGKILL without a word. */
function watch(parent: number, stop: () => void): void {
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    stop();
  }, 500);
  timer.unref();
}

try {
  const config = dashboardConfig();
  stopOnSignals(await startDashboard(config, { print }), config);
} catch (error) {
  process.exitCode = explain(error);
}
