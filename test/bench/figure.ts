import type { Setting } from './setting.ts';

/** One line of the table: what was measured, how it came out, and what it has to be. */
export interface Figure {
  readonly what: string;
  readonly measured: string;
  /** What it is held against; null where there is nothing to hold it against. */
  readonly target: string | null;
  readonly met: boolean | null;
}

export interface Measurement {
  /** What it is called on the command line. */
  readonly name: string;
  measure(setting: Setting): Promise<Figure[]>;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle) - 1]!) / 2;
}

/** `1,234 ms`, `12 ms`, `3.4 ms`. */
export function ms(value: number): string {
  return `${value.toLocaleString('en-US', { maximumFractionDigits: value < 10 ? 1 : 0 })} ms`;
}

/** `× 1.27` */
export function times(value: number): string {
  return `× ${value.toFixed(2)}`;
}

/** The figures as a table of Markdown. */
export function toTable(figures: readonly Figure[]): string {
  const rows = figures.map(({ what, measured, target, met }) => [
    what,
    measured,
    target ?? '',
    met === null ? '' : met ? 'met' : 'MISSED',
  ]);
  const all = [['', 'measured', 'target', ''], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...all.map((row) => row[column]!.length), 3));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`;
  const rule = line(widths.map((width) => '-'.repeat(width)));
  return [line(all[0]!), rule, ...rows.map(line)].join('\n');
}
