import { ConfigError } from './config.ts';
import { type DashboardConfig, dashboardConfig } from './dashboard-config.ts';
import { type Dashboard, startDashboard } from './dashboard.ts';
import { GanderError, messageOf } from './engine/index.ts';
import { StartError } from './listen.ts';

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

/** Calls `stop` at the first signal; a second one ends the process at once. */
function onSignals(stop: () => void): void {
  let since: number | null = null;
  const hear = (): void => {
    if (since !== null && performance.now() - since > SAME_SIGNAL_MS) process.exit(1);
    if (since !== null) return;
    since = performance.now();
    print('Stopping …');
    stop();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, hear);
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

/** Starts, and stops when told to: also while it is still starting, so that a migration under way is cancelled. */
async function run(config: DashboardConfig): Promise<void> {
  const abort = new AbortController();
  let dashboard: Dashboard | null = null;
  const stop = (): void => {
    abort.abort();
    if (dashboard !== null) void dashboard.stop().then((inTime) => process.exit(inTime ? 0 : 1));
  };
  onSignals(stop);
  if (config.watchParent) watch(process.ppid, () => process.kill(process.pid, 'SIGTERM'));
  dashboard = await startDashboard(config, { print, signal: abort.signal });
  if (abort.signal.aborted) stop();
}

try {
  await run(dashboardConfig());
} catch (error) {
  process.exitCode = explain(error);
}
