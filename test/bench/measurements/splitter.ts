import { parseScript } from '../../../server/engine/sql/script.ts';
import { gooseFile, rows } from '../corpus.ts';
import { type Measurement, median } from '../figure.ts';

const BYTES = 8_000_000;

/** How fast a file is cut into statements: many short ones, and a few long ones. */
export const splitter: Measurement = {
  name: 'splitter',
  async measure({ rounds }) {
    const short = rows(1).map((row) => `INSERT INTO item (owner, price) VALUES\n${row};`)[0]!;
    const long = `INSERT INTO item (owner, price) VALUES\n${rows(20_000).join(',\n')};`;
    return [short, long].map((statement) => {
      const text = gooseFile(`${statement}\n`.repeat(BYTES / statement.length), 'SELECT 1;');
      const speeds = Array.from({ length: Math.max(rounds, 3) }, () => megabytesPerSecond(text));
      return {
        what: `reading a file of ${statement === short ? 'short' : 'long'} statements`,
        measured: `${median(speeds).toFixed(0)} MB/s`,
        target: null,
        met: null,
      };
    });
  },
};

function megabytesPerSecond(text: string): number {
  const started = performance.now();
  parseScript(text, { file: '1_big.sql', env: {} });
  return text.length / 1_000 / (performance.now() - started);
}
