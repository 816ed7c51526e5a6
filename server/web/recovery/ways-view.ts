import type { Findings, Need, StatementFinding, WayOut } from '../../engine/index.ts';

/** A way out as a choice of the form, ready to print. */
export interface WayView {
  /** What the form sends when it is chosen, and its anchor. */
  readonly value: string;
  readonly id: string;
  readonly label: string;
  readonly consequences: string;
  readonly isOpen: boolean;
  readonly first: readonly Need[];
  /** The statements, from 1, that are overruled: `3,4`; null where none is. */
  readonly overrules: string | null;
  /** What the database says of each of those. */
  readonly differences: readonly Difference[];
  /** Whether data may be lost by it: then the database's name is asked for. */
  readonly isDangerous: boolean;
}

export interface Difference {
  readonly number: number;
  readonly found: string;
}

/** More than a person reads before he ticks. */
const DIFFERENCES = 8;

export function wayViews({ ways, statements }: Findings): WayView[] {
  return ways.map((way) => wayView(way, statements));
}

function wayView(way: WayOut, statements: readonly StatementFinding[]): WayView {
  const { label, consequences, first, overrules } = way;
  const value = valueOf(way);
  return {
    value,
    id: value.replaceAll(' ', '-'),
    label,
    consequences,
    isOpen: first.length === 0,
    first,
    overrules: overrules.length === 0 ? null : overrules.join(),
    differences: statements
      .filter(({ number }) => overrules.includes(number))
      .slice(0, DIFFERENCES)
      .map(({ number, found }) => ({ number, found })),
    isDangerous: way.way === 'down',
  };
}

/** `resume 3`, `repair drop`, `not applied`: unique among the ways out of one migration. */
export function valueOf({ way, from, repair }: WayOut): string {
  if (repair !== null) return `repair ${repair.how}`;
  return way === 'resume' ? `resume ${from}` : way;
}
