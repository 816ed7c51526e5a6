// What others get who install the package: packed as npm packs it, beside nothing but its own dependencies.
import assert from 'node:assert/strict';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { before, test } from 'node:test';
import { packageRoot } from '../server/package-root.ts';
import { type Ended, run } from './support/command.ts';
import { createDatabase } from './support/database.ts';
import { shop, writeMigrations } from './support/migrations.ts';

let project: string;
let packed: readonly string[];

before(async () => {
  project = await writeMigrations({ 'package.json': JSON.stringify({ name: 'shop', type: 'module' }) });
  const { out } = await run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', project], {
    cwd: packageRoot,
    env: { npm_config_update_notifier: 'false' },
  });
  const [{ filename, files }] = JSON.parse(out);
  packed = files.map((file: { path: string }) => file.path);
  const home = path.join(project, 'node_modules', 'gander');
  await mkdir(home, { recursive: true });
  await run('tar', ['-xzf', path.join(project, filename), '-C', home, '--strip-components=1']);
  await linkDependencies(home);
});

/** Puts beside it what npm would install with it, and nothing else. */
async function linkDependencies(home: string): Promise<void> {
  const { dependencies } = JSON.parse(await readFile(path.join(home, 'package.json'), 'utf8'));
  for (const name of Object.keys(dependencies)) {
    const place = path.join(project, 'node_modules', name);
    await mkdir(path.dirname(place), { recursive: true });
    await symlink(path.join(packageRoot, 'node_modules', name), place);
  }
}

/** Writes a module into the project and runs it. */
async function runModule(text: string, env: Record<string, string> = {}): Promise<Ended> {
  await writeFile(path.join(project, 'app.mjs'), text);
  return run(process.execPath, ['app.mjs'], { cwd: project, env });
}

test('the package holds what the library, the command and the dashboard need, and no tests', () => {
  for (const needed of [
    'LICENSE',
    'README.md',
    'dist/server/engine/index.js',
    'dist/server/engine/index.d.ts',
    'dist/server/cli/main.js',
    'dist/server/main.js',
    'migrations/gander/00001_create_journal.sql',
    'views/layout.ejs',
    'public/app.css',
  ]) {
    assert.ok(packed.includes(needed), needed);
  }
  assert.deepEqual(
    packed.filter(
      (file) => !/^(README\.md|LICENSE|package\.json|(dist\/server|migrations|views|public)\/.+)$/.test(file),
    ),
    [],
  );
});

test('a service imports the engine from it and migrates, and its runs are recorded', async (t) => {
  const database = await createDatabase(t);
  const { code, out, err } = await runModule(
    `import { folder, Migrator } from 'gander';
     import { Pool } from 'pg';
     const pool = new Pool({ connectionString: process.env.DATABASE_URL });
     pool.on('error', () => {});
     const migrator = new Migrator({ pool, source: folder(process.env.MIGRATIONS) });
     const { current } = await migrator.ensureUpToDate();
     const [run] = await migrator.runs({ limit: 1 });
     console.log(current, run.state, run.done);
     await pool.end();`,
    { DATABASE_URL: database.url, MIGRATIONS: await writeMigrations(shop) },
  );
  assert.deepEqual({ code, out, err }, { code: 0, out: '3n done 3\n', err: '' });
});

test('it brings the command', async () => {
  const home = path.join(project, 'node_modules', 'gander');
  const { bin } = JSON.parse(await readFile(path.join(home, 'package.json'), 'utf8'));
  const { code, out } = await run(process.execPath, [path.join(home, bin.gander), '--help']);
  assert.equal(code, 0);
  assert.match(out, /^Usage: gander /);
  assert.match(await readFile(path.join(home, bin.gander), 'utf8'), /^#!\/usr\/bin\/env node\n/);
});

/** All of it must fit: what is marked is an error only if the types are there and say so. */
const CONSUMER = `
import {
  folder, GanderError, type Listing, MigrationFailed, type MigrationState, Migrator, type MigratorOptions, type Plan,
  type RedoResult, type RunEvent, type RunRecord, type RunResult, RunStopped, type Source, type State, type StepResult, tellStory,
} from 'gander';
import { Pool } from 'pg';

const options: MigratorOptions = {
  pool: new Pool(), source: folder('migrations', { env: process.env }), table: 'ops.history', tableFormat: 'goose',
  changed: 'refuse', newer: 'warn', lockWait: 60_000, lockTimeout: 0, statementTimeout: 600_000, actor: 'shop',
};
const migrator = new Migrator(options);

function follow(event: RunEvent): string {
  switch (event.type) {
    case 'waiting': return event.holder?.application ?? '';
    case 'started': return event.plan.steps.map(({ version }) => version.toString()).join();
    case 'retry': return event.pauseMs.toFixed(0);
    case 'ended': return event.result.failure?.message ?? event.result.outcome;
    default: return event.type;
  }
}

try {
  const run: RunResult = await migrator.ensureUpToDate({ onEvent: follow, signal: new AbortController().signal });
  const current: bigint | null = run.current;
  await migrator.up({ to: current ?? 1n, steps: 1, outOfOrder: true, fingerprint: '' });
  await migrator.down({ to: 0n, irreversible: true, lockWait: 0 });
  const { down, up }: RedoResult = await migrator.redo();
  await migrator.baseline(20250101000000n);
  await migrator.resolve(3n, 'resume', { from: 2 });
  const state: State = await migrator.status();
  const one: MigrationState | undefined = state.migrations[0];
  const plan: Plan = await migrator.plan({ direction: 'down', steps: 2 });
  const record: RunRecord | null = await migrator.run('1');
  const steps: readonly StepResult[] = [...down.steps, ...up.steps];
  console.log(one?.dirty?.kind, plan.fingerprint, record?.list[0]?.statements[0]?.rowCount, steps);
} catch (error) {
  if (error instanceof MigrationFailed) console.error(error.excerpt.map(({ caret }) => caret), error.run.steps);
  else if (error instanceof RunStopped) console.error(error.run.current);
  else if (error instanceof GanderError && error.code === 'locked') console.error(tellStory(error), error.place?.line);
  else throw error;
}

const embedded: Source = { ...options.source, list: async (): Promise<Listing> => ({ files: [], problems: [], warnings: [] }) };
console.log(embedded.name);

// @ts-expect-error a source is needed
new Migrator({ pool: new Pool() });
// @ts-expect-error versions are bigint
await migrator.up({ to: 3 });
// @ts-expect-error no such way out
await migrator.resolve(3n, 'done');
// @ts-expect-error no such code
new GanderError('whatever', '');
`;

test('its types fit a strict program, with nothing installed but what comes along', async () => {
  await writeFile(path.join(project, 'app.ts'), CONSUMER);
  const compilerOptions = {
    target: 'ES2022',
    module: 'NodeNext',
    noEmit: true,
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noPropertyAccessFromIndexSignature: true,
    verbatimModuleSyntax: true,
    skipLibCheck: false,
  };
  await writeFile(
    path.join(project, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, files: ['app.ts'] }),
  );
  const tsc = path.join(packageRoot, 'node_modules', 'typescript', 'bin', 'tsc');
  const { code, out } = await run(process.execPath, [tsc, '-p', project]);
  assert.equal(code, 0, out);
});
