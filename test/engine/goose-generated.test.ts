// Generated files through real goose and through Gander. GANDER_GOOSE_FILES=2000 makes more of them, GANDER_GOOSE_SEED=7 others.
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import {
  type Direction,
  folder,
  GanderError,
  type Migration,
  Migrator,
  type Source,
} from '../../server/engine/index.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { writeMigrations } from '../support/migrations.ts';
import {
  gooseRows,
  runGoose,
  statusOfGoose,
  stoppedAt,
  withoutGoose as skip,
} from '../support/real-goose.ts';
import { snapshot } from '../support/snapshot.ts';
import { damageFiles, ENV, generateFiles } from './goose-generator.ts';

const COUNT = Number(process.env['GANDER_GOOSE_FILES'] ?? 40);
const SEED = Number(process.env['GANDER_GOOSE_SEED'] ?? 1);

/** As many as fit into a folder without making its tests slow. */
const FOLDER = 40;

const folders = Array.from({ length: Math.ceil(COUNT / FOLDER) }, (_, index) => SEED + index);

describe('generated files', { skip }, () => {
  for (const seed of folders) {
    test(`each has the effect that its plain form has with goose, and one that goose runs has that effect there too (seed ${seed})`, async (t) => {
      const files = generateFiles(seed, Math.min(FOLDER, COUNT));
      const odd = files.map(({ name, odd: text }): [string, string] => [name, text]);
      const [plainDir, oddDir, goosesDir] = await Promise.all(
        [files.map(({ name, plain }): [string, string] => [name, plain]), odd, odd].map(folderOf),
      );
      const [ours, theirs, judge] = await databases(t, 3);
      const { migrations } = await source(oddDir!).read();
      const marked = (file: Migration, direction: Direction): boolean => wouldNotRun(file, direction);

      assert.equal((await runGoose(judge!, plainDir!, ['up'], ENV)).code, 0);
      await migrator(ours!, oddDir!).up();
      assert.deepEqual(await snapshot(ours!), await snapshot(judge!));
      assert.equal(await gooseRows(ours!), await gooseRows(judge!));
      assert.deepEqual(
        await statusOfGoose(ours!, oddDir!, ENV),
        migrations.map(({ file }) => file),
      );

      const failed = await gooseThrough(theirs!, goosesDir!, 'up');
      for (const migration of migrations) {
        assert.equal(failed.has(migration.file), marked(migration, 'up'), story(migration, failed));
      }
      assert.deepEqual(await leftBy(theirs!, failed), await leftBy(ours!, failed));

      assert.equal((await runGoose(judge!, plainDir!, ['down-to', '0'], ENV)).code, 0);
      await migrator(ours!, oddDir!).down({ to: 0n, irreversible: true });
      assert.deepEqual(await snapshot(ours!), await snapshot(judge!));
      assert.equal(await gooseRows(ours!), '0');

      const failedDown = await gooseThrough(theirs!, goosesDir!, 'down');
      for (const migration of migrations.filter(({ file }) => !failed.has(file))) {
        assert.equal(failedDown.has(migration.file), marked(migration, 'down'), story(migration, failedDown));
      }
      const either = new Map([...failed, ...failedDown]);
      assert.deepEqual(await leftBy(theirs!, either), await leftBy(ours!, either));
    });

    test(`when they are damaged: what goose runs has the same effect, or the reason is known; what it refuses is refused or warned of (seed ${seed})`, async (t) => {
      const damaged = damageFiles(seed, generateFiles(seed, Math.min(FOLDER, COUNT)));
      const [ours, theirs] = await databases(t, 2);
      const dir = await folderOf(damaged);
      const { migrations } = await source(dir).read();
      const failed = await gooseThrough(theirs!, await folderOf(damaged), 'up');
      const refused = await ganderThrough(ours!, dir);
      for (const [file, text] of damaged) {
        const told = `${file}\ngoose: ${failed.get(file) ?? 'runs'}\nGander: ${refused.get(file) ?? 'runs'}\n${text}`;
        const migration = migrations.find((one) => one.file === file);
        if (!failed.has(file) && refused.has(file) && !isInDown(text, refused.get(file)!)) {
          assert.match(refused.get(file)!, ON_PURPOSE, told);
        }
        if (failed.has(file) && !refused.has(file)) assert.ok(wouldNotRun(migration!, 'up'), told);
        if (!failed.has(file) && !refused.has(file)) assert.ok(!wouldNotRun(migration!, 'up'), told);
      }
      const either = new Map([
        ...failed,
        ...refused,
        ...migrations.filter(isSkippedByGoose).map(({ file }): [string, string] => [file, '']),
      ]);
      assert.deepEqual(await leftBy(theirs!, either), await leftBy(ours!, either));
    });
  }
});

/** Why Gander refuses what goose runs; each is in goose-file-cases.ts with its reason, and so is a fault in Down. */
const ON_PURPOSE =
  /goose takes .* for a comment|takes the transaction|annotation of Gander|A second `-- \+gander|without a time/;

function isInDown(text: string, refusal: string): boolean {
  const lines = text.split('\n');
  const down = lines.findIndex((line) => /^--\s*(?:\+goose\s*down|down \+goose)\s*$/i.test(line));
  return down >= 0 && Number(/^[^:]*:(\d+):/.exec(refusal)?.[1]) > down + 1;
}

function wouldNotRun({ script }: Migration, direction: Direction): boolean {
  const down = script.down.line ?? Infinity;
  return script.warnings.some(
    ({ line, message }) =>
      message.startsWith('goose would not run this file') && direction === (line! < down ? 'up' : 'down'),
  );
}

function isSkippedByGoose({ script }: Migration): boolean {
  return script.warnings.some(({ message }) => message.startsWith('goose would skip'));
}

function story({ file, text }: Migration, failed: Failures): string {
  return `${file}: ${failed.get(file) ?? 'goose runs it'}\n${text}`;
}

/** File → what was said. */
type Failures = ReadonlyMap<string, string>;

/** Lets goose run all that it can: what stops it is taken away, and told. */
async function gooseThrough(database: TestDatabase, dir: string, direction: Direction): Promise<Failures> {
  const failures = new Map<string, string>();
  const words = direction === 'up' ? ['up'] : ['down-to', '0'];
  for (;;) {
    const ended = await runGoose(database, dir, words, ENV);
    if (ended.code === 0) return failures;
    const file = stoppedAt(ended);
    assert.ok(file, ended.err);
    failures.set(file, ended.err);
    await rm(path.join(dir, file));
    await database.pool.query('DELETE FROM goose_db_version WHERE version_id = $1', [parseInt(file, 10)]);
  }
}

async function ganderThrough(database: TestDatabase, dir: string): Promise<Failures> {
  const failures = new Map<string, string>();
  for (;;) {
    try {
      await migrator(database, dir).up();
      return failures;
    } catch (error) {
      assert.ok(error instanceof GanderError && error.file !== null, String(error));
      failures.set(error.file, `${error.where}: ${error.message}`);
      await rm(path.join(dir, error.file));
    }
  }
}

/** What is in a database, but for what came of these files, and which rows of a NO TRANSACTION file were committed together. */
async function leftBy(database: TestDatabase, failed: Failures): Promise<string[]> {
  const { rows } = await database.pool.query<{ groups: string }>(`
    SELECT relname || ' together: ' || query_to_xml(format('SELECT string_agg(id::text, ''+'' ORDER BY id) AS g
      FROM public.%I GROUP BY xmin::text ORDER BY 1', relname), false, true, '')::text AS groups
    FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname LIKE 'apart%' AND relkind = 'r' ORDER BY 1`);
  const lines = [...(await snapshot(database)), ...rows.map(({ groups }) => groups)];
  return lines.filter((line) => !failed.has(`${/(?:one|apart)_(\d+)/.exec(line)?.[1]}_g.sql`));
}

function databases(t: TestContext, count: number): Promise<TestDatabase[]> {
  return Promise.all(Array.from({ length: count }, () => createDatabase(t)));
}

function folderOf(files: readonly (readonly [name: string, text: string])[]): Promise<string> {
  return writeMigrations(Object.fromEntries(files));
}

function source(dir: string): Source {
  return folder(dir, { env: ENV });
}

function migrator(database: TestDatabase, dir: string): Migrator {
  return new Migrator({ pool: database.pool, source: source(dir), table: 'goose_db_version' });
}
