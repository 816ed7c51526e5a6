import { mkdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gooseFile, rows } from '../corpus.ts';
import type { Figure, Measurement } from '../figure.ts';
import type { Setting } from '../setting.ts';
import { EMPTY_NODE, peakOf, upOf } from '../tools.ts';

const BYTES = 50_000_000;
const LIMIT = 6;

/** The memory that applying a seed file of 50 MB takes: one INSERT, and one INSERT a row. */
export const memory: Measurement = {
  name: 'memory',
  async measure(setting) {
    const [row] = rows(1) as [string];
    const lines = Math.ceil(BYTES / (row.length + 2));
    const one = `INSERT INTO seed VALUES\n${`${row},\n`.repeat(lines)}${row};`;
    const insert = `INSERT INTO seed VALUES ${row.trim()};`;
    const many = `${insert}\n`.repeat(Math.ceil(BYTES / (insert.length + 1)));
    const empty = await peakOf(EMPTY_NODE, setting.folder);
    return [
      await peakFigure(setting, 'one INSERT', one, empty),
      await peakFigure(setting, 'one INSERT a row', many, empty),
    ];
  },
};

async function peakFigure(setting: Setting, what: string, insert: string, empty: number): Promise<Figure> {
  const dir = path.join(setting.folder, `seed ${what}`);
  await mkdir(dir);
  const create = 'CREATE TABLE seed (owner text, price numeric);';
  const file = path.join(dir, '1_seed.sql');
  await writeFile(file, gooseFile(`${create}\n${insert}`, 'DROP TABLE seed;'));
  const { size } = await stat(file);
  const database = await setting.emptyDatabase();
  const peak = await peakOf(upOf('gander', dir, database), setting.folder);
  await setting.dropDatabase(database);
  const mb = (bytes: number): string => `${(bytes / 1_000_000).toFixed(0)} MB`;
  return {
    what: `memory for a file of ${mb(size)}, ${what}`,
    measured: `${mb(peak)}, × ${(peak / size).toFixed(1)} of the file (an empty Node ${mb(empty)})`,
    target: `≤ × ${LIMIT}`,
    met: peak <= LIMIT * size,
  };
}
