import { type Findings, listOf, nameOf, type Need, type WayOut } from '../../engine/index.ts';

/** A way out as a choice of the form, ready to print. */
export interface WayView {
  /** What the form sends when it is chosen, and its anchor. */
  readonly value: string;
  readonly id: string;
  readonly label: string;
  readonly consequences: string;
  readonly isOpen: boolean;
  readonly first: readonly Need[];
  /** What the database says otherwise: it has to be ticked that this is meant all the same. Empty where it agrees. */
  readonly differences: readonly string[];
  /** Of more such statements their numbers only; '' where there are no more. */
  readonly others: string;
  /** Whether data may be lost by it: then the database's name is asked for. */
  readonly isDangerous: boolean;
}

/** More than a person reads before he ticks. */
const DIFFERENCES = 8;

export function wayViews({ ways }: Findings): WayView[] {
  return ways.map(wayView);
}

function wayView(way: WayOut): WayView {
  const { label, consequences, first, overrules } = way;
  const value = valueOf(way);
  return {
    value,
    id: value.replaceAll(' ', '-'),
    label,
    consequences,
    isOpen: first.length === 0,
    first,
    differences: overrules.slice(0, DIFFERENCES).map((one) => `${nameOf(one)}: ${one.found}`),
    others: listOf(overrules.slice(DIFFERENCES).map(({ number }) => number)),
    isDangerous: way.way === 'down',
  };
}

/** `resume 3`, `repair drop`, `not applied`: unique among the ways out of one migration. */
export function valueOf({ way, from, repair }: WayOut): string {
  if (repair !== null) return `repair ${repair.how}`;
  return way === 'resume' ? `resume ${from}` : way;
}
