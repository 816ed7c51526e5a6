import { GanderError } from '../errors.ts';
import type { Findings, StatementFinding } from './finding.ts';
import { listOf, statements as named } from './numbers.ts';

/**
 * What a person says of the database has to agree with it: where the catalogs tell otherwise, each statement has to be named.
 * What they cannot tell does not count.
 *
 * @throws GanderError `dirty` with what differs
 */
export function requireAgreement(
  { ways, statements }: Pick<Findings, 'ways' | 'statements'>,
  way: 'applied' | 'not applied' | 'retry',
  overruled: readonly number[] = [],
): void {
  const differ =
    ways.find((one) => one.way === way)?.overrules.filter((number) => !overruled.includes(number)) ?? [];
  if (differ.length === 0) return;
  const what =
    way === 'retry'
      ? `${named(differ)} ${differ.length === 1 ? 'has' : 'have'} been done, or may have been, and would be done again`
      : `the database does not agree. ${whatDiffers(statements, differ)}`;
  throw new GanderError('dirty', what.charAt(0).toUpperCase() + what.slice(1), {
    next: `Make it so first; or, if you know that it is meant, name ${differ.length === 1 ? 'it' : 'them'}: --overrule ${differ.join(',')}.`,
  });
}

/** `Statement 2: There is no table b.` */
export function whatDiffers(statements: readonly StatementFinding[], numbers: readonly number[]): string {
  const shown = statements.filter(({ number }) => numbers.includes(number)).slice(0, 3);
  const rest = numbers.slice(shown.length);
  return [
    ...shown.map(({ number, found }) => `Statement ${number}: ${found}`),
    ...(rest.length === 0 ? [] : [`And so of ${rest.length === 1 ? '' : 'the others, '}${listOf(rest)}.`]),
  ].join(' ');
}
