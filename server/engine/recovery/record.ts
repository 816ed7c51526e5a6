import type { ResolutionRecord, Way } from '../journal/index.ts';
import type { Plan } from '../plan.ts';
import type { Findings, WayOut } from './finding.ts';

/** The way out that a plan goes. */
export function wayFor({ ways }: Findings, way: Way, { steps }: Plan): Pick<WayOut, 'way' | 'label'> {
  const repair = steps[0]?.repair ?? null;
  const from = steps.at(-1)!.from + 1;
  const fitting = ways.filter(
    (one) => one.way === way && (one.repair?.how ?? null) === (repair?.how ?? null),
  );
  const found = fitting.find((one) => one.from === null || one.from === from);
  if (found !== undefined) return found;
  return { way, label: way === 'resume' ? `Go on with statement ${from}` : LABELS[way] };
}

const LABELS: Readonly<Record<Way, string>> = {
  repair: 'Set right what is half done',
  resume: 'Go on',
  retry: 'Try it again from the start',
  down: 'Undo it: run its Down',
  applied: 'Record it as applied',
  'not applied': 'Record it as not applied',
};

interface Said {
  readonly reason?: string | undefined;
  readonly overrule?: readonly number[] | undefined;
}

/** What the journal keeps of it. */
export function resolutionRecord(
  { version, conclusion }: Findings,
  { way, label }: Pick<WayOut, 'way' | 'label'>,
  { reason, overrule }: Said,
): ResolutionRecord {
  return { version, way, label, reason: reason?.trim() || null, conclusion, overruled: overrule ?? [] };
}
