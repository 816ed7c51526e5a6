/** Where measuring is done: a server, a folder, and databases and migrations made in them as they are needed. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { Client, escapeLiteral, Pool } from 'pg';
import { writeCorpus } from './corpus.ts';
import { folder, Migrator } from '../../server/engine/index.ts';
import type { ToolName } from './tools.ts';

export interface Setting {
  /** A database of the server, for looking after the others. */
  readonly server: string;
  readonly folder: string;
  /** How often each time is taken. */
  readonly rounds: number;
  /** What is compared: Gander, the floor, and goose where there is one. */
  readonly tools: readonly ToolName[];
  /** A folder with so many migrations. */
  corpus(count: number): Promise<string>;
  /** An empty database of a new name, by its address. */
  emptyDatabase(): Promise<string>;
  /** A database whose history says to the tool that so many are applied; the same one whenever it is asked for. */
  appliedDatabase(tool: ToolName, count: number): Promise<string>;
  dropDatabase(url: string): Promise<void>;
}

export function makeSetting(facts: Pick<Setting, 'server' | 'folder' | 'rounds' | 'tools'>): Setting {
  const corpora = new Map<number, Promise<string>>();
  const applied = new Map<string, Promise<string>>();
  let databases = 0;
  const setting: Setting = {
    ...facts,
    corpus: (count) =>
      once(corpora, count, async () => {
        const dir = path.join(facts.folder, `migrations-${count}`);
        await writeCorpus(dir, count);
        return dir;
      }),
    async emptyDatabase() {
      databases += 1;
      const url = new URL(facts.server);
      url.pathname = `/bench_${databases}`;
      await ask(facts.server, `CREATE DATABASE bench_${databases}`);
      // Else the disk is busy with what came before.
      await ask(facts.server, 'CHECKPOINT');
      return url.href;
    },
    appliedDatabase: (tool, count) =>
      once(applied, `${tool} ${count}`, async () => {
        const url = await setting.emptyDatabase();
        await markApplied(tool, await setting.corpus(count), url);
        await ask(url, 'VACUUM ANALYZE');
        return url;
      }),
    async dropDatabase(url) {
      await ask(facts.server, `DROP DATABASE ${new URL(url).pathname.slice(1)} WITH (FORCE)`);
    },
  };
  return setting;
}

/** What `make` makes the first time, and that again afterwards. */
function once<Key, Value>(
  made: Map<Key, Promise<Value>>,
  key: Key,
  make: () => Promise<Value>,
): Promise<Value> {
  const there = made.get(key) ?? make();
  made.set(key, there);
  return there;
}

/** Fills the history as if all of `dir` had been applied: what is measured on it does not look any further. */
async function markApplied(tool: ToolName, dir: string, url: string): Promise<void> {
  if (tool === 'floor') {
    const files = (await readdir(dir)).map((file) => `(${escapeLiteral(file)})`).join(', ');
    await ask(
      url,
      `CREATE TABLE floor_history (file text PRIMARY KEY); INSERT INTO floor_history VALUES ${files}`,
    );
    return;
  }
  const pool = new Pool({ connectionString: url, max: 2 });
  pool.on('error', () => {});
  const source = folder(dir);
  const { files } = await source.list();
  const history = tool === 'goose' ? { table: 'goose_db_version', journal: false } : {};
  await new Migrator({ pool, source, ...history }).baseline(files.at(-1)!.version);
  await pool.end();
}

/** Runs SQL on a connection of its own. @returns the rows */
export async function ask(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}
