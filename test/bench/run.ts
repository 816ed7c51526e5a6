/**
 * What `npm run bench` runs: measures Gander on a PostgreSQL of its own and prints a table, beside a floor (the least a
 * Node program can do with pg) and goose, if the PATH has it.
 *
 *   npm run bench                         everything: some minutes
 *   npm run bench -- trips noop           these measurements only
 *   npm run bench -- apply --rounds=5     each time taken so often (default: 3)
 *
 * TEST_DATABASE_URL names a server to use instead of the embedded one; its user needs CREATEDB.
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startEmbedded } from '../../server/embedded.ts';
import { type Figure, toTable } from './figure.ts';
import { measurements } from './measurements/index.ts';
import { ask, makeSetting, type Setting } from './setting.ts';
import { goosePath, type ToolName } from './tools.ts';

/** Commits reach the disk, as on any server that matters; what is not measured does not get into the way. */
const SETTINGS = { fsync: 'on', synchronous_commit: 'on', autovacuum: 'off', max_connections: '50' };

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '3' } },
});
process.exitCode = await main(positionals, Number(values.rounds));

async function main(names: readonly string[], rounds: number): Promise<number> {
  const unknown = names.filter((name) => !measurements.some((one) => one.name === name));
  if (unknown.length > 0 || !Number.isInteger(rounds) || rounds < 1) {
    const known = measurements.map(({ name }) => name).join(' ');
    process.stderr.write(`usage: npm run bench -- [--rounds=3] [${known}]\n`);
    return 2;
  }
  const tools: readonly ToolName[] =
    goosePath() === null ? ['gander', 'floor'] : ['gander', 'floor', 'goose'];
  const figures = await withServer((server, folder) =>
    measureAll(names, makeSetting({ server, folder, rounds, tools })),
  );
  return figures.some(({ met }) => met === false) ? 1 : 0;
}

async function measureAll(names: readonly string[], setting: Setting): Promise<Figure[]> {
  const machine = await machineOf(setting);
  const figures: Figure[] = [];
  for (const measurement of measurements) {
    const { name } = measurement;
    if (names.length > 0 && !names.includes(name)) continue;
    process.stderr.write(`measuring ${name} …\n`);
    figures.push(...(await measurement.measure(setting)));
  }
  process.stdout.write(`\n${machine}\n\n${toTable(figures)}\n`);
  return figures;
}

/** What the figures hold for. */
async function machineOf({ server, rounds }: Setting): Promise<string> {
  const [row] = await ask(
    server,
    `SELECT current_setting('server_version') AS version, current_setting('fsync') AS fsync`,
  );
  return [
    new Date().toISOString().slice(0, 10),
    `${availableParallelism()} cores${cpus()[0] === undefined ? '' : ` (${cpus()[0]!.model.trim()})`}`,
    `Node ${process.version}`,
    `PostgreSQL ${String(row?.['version'])}, fsync ${String(row?.['fsync'])}`,
    `medians of ${rounds} rounds, ratios of the same round`,
  ].join(' · ');
}

async function withServer<T>(use: (url: string, folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(tmpdir(), 'gander-bench-'));
  // As root, PostgreSQL runs as another user, who has to pass through.
  await chmod(folder, 0o711);
  const given = process.env['TEST_DATABASE_URL'];
  const server = given === undefined ? await startEmbedded({ folder, settings: SETTINGS }) : null;
  try {
    return await use(server?.url ?? given!, folder);
  } finally {
    await server?.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}
