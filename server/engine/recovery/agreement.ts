import { GanderError } from '../errors.ts';
import type { Difference, Findings } from './finding.ts';
import { capital, listOf, statements as named } from './numbers.ts';

/**
 * What a person says of the database has to agree with it: where the catalogs tell otherwise, each statement has to be named.
 * What they cannot tell does not count.
 *
 * @throws GanderError `dirty` with what differs
 */
export function requireAgreement(
  { ways }: Pick<Findings, 'ways'>,
  way: 'applied' | 'not applied' | 'retry',
  overruled: readonly number[] = [],
): void {
  const differ =
    ways.find((one) => one.way === way)?.overrules.filter(({ number }) => !overruled.includes(number)) ?? [];
  if (differ.length === 0) return;
  const numbers = differ.map(({ number }) => number);
  const what =
    way === 'retry'
      ? `${named(numbers)} ${differ.length === 1 ? 'has' : 'have'} been done, or may have been, and would be done again`
      : `the database does not agree. ${whatDiffers(differ)}`;
  throw new GanderError('dirty', capital(what), {
    next: `Make it so first; or, if you know that it is meant, name ${differ.length === 1 ? 'it' : 'them'}: --overrule ${numbers.join(',')}.`,
  });
}

const SHOWN = 3;

/** `Statement 2: There is no table b.` */
export function whatDiffers(differ: readonly Difference[]): string {
  const rest = differ.slice(SHOWN).map(({ number }) => number);
  return [
    ...differ.slice(0, SHOWN).map((one) => `${nameOf(one)}: ${one.found}`),
    ...(rest.length === 0 ? [] : [`And so of ${rest.length === 1 ? '' : 'the others, '}${listOf(rest)}.`]),
  ].join(' ');
}

/** `Statement 2`, `Statement 2 of its Up`. */
export function nameOf({ number, section }: Difference): string {
  return `Statement ${number}${section === undefined ? '' : section === 'up' ? ' of its Up' : ' of its Down'}`;
}
