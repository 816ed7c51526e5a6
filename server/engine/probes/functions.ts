import type { EffectOn } from '../sql/effects/index.ts';
import { lastPart, partsOf } from '../sql/names.ts';
import { Head } from '../sql/head.ts';
import { answer, doneIfNew, type Probe, probe } from './probe.ts';

interface Row {
  readonly same: boolean;
  /** How many arguments it takes. */
  readonly takes: number;
  readonly definer: boolean;
  /** As in pg_proc.provolatile. */
  readonly volatility: string;
}

/**
 * Functions and procedures: there is one of the name with this very body. Several may share a name, and what is between
 * the parentheses is not always a list of types, so the body tells, and how many arguments there are.
 */
export function functions(effect: EffectOn<'function'>): Probe {
  const { name, there, body, replaces } = effect;
  if (!there) return dropped(effect);
  const parts = partsOf(name);
  return probe<Row>(
    `SELECT p.prosrc IS NOT DISTINCT FROM $3 AS same, p.pronargs::int4 AS takes, p.prosecdef AS definer, p.provolatile::text AS volatility
     FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
     WHERE p.proname = $2 AND n.nspname = coalesce($1, current_schema())`,
    [parts.length > 1 ? parts.at(-2) : null, lastPart(name), body],
    (_row, rows) => {
      if (rows.length === 0) return answer('not done', `There is no function ${name}.`);
      const same = rows.filter((one) => one.same);
      if (same.some((one) => isLike(effect, one)))
        return answer('done', `The function ${name} is there, with this body.`);
      if (same.length > 0)
        return answer(
          'not done',
          `There is a function ${name} with this body, but not as it is written here.`,
        );
      if (body !== null) return answer('not done', `There is a function ${name}, but with another body.`);
      return replaces
        ? answer('cannot tell', `There is a function ${name}; whether its body is this one cannot be told.`)
        : doneIfNew(true, `There is a function ${name}.`);
    },
  );
}

/** Whether nothing that is said of it in the statement is otherwise. */
function isLike({ arguments: list, definer, volatility }: EffectOn<'function'>, row: Row): boolean {
  if (list !== null && taken(list) !== row.takes) return false;
  return (!definer || row.definer) && (volatility === null || row.volatility === volatility);
}

/** How many arguments are given to it; what comes out is none. */
function taken(list: string): number {
  const head = new Head(list);
  let count = 0;
  do {
    if (head.atEnd) break;
    const isOut = head.accept('out') || (head.name() !== null && head.word === 'out'); // OUT a int, a OUT int
    if (!isOut) count++;
    head.upTo(',');
  } while (head.accept(','));
  return count;
}

/** What may be the beginning of a type of several words. */
const OF_SEVERAL = /^(?:double|character|char|national|bit|timestamp|time|interval)$/;

/** `a int, OUT b text DEFAULT 'x'` is `int, text`: to_regprocedure wants types, and statements may have more. Pure. */
export function typesIn(list: string): string {
  const head = new Head(list);
  const types: string[] = [];
  while (!head.atEnd) {
    head.skip('in', 'out', 'inout', 'variadic');
    const { offset, word } = head;
    const first = head.name();
    head.skip('in', 'out', 'inout', 'variadic');
    const isName = first !== null && !OF_SEVERAL.test(word) && head.isName;
    const rest = head.upTo(',', 'default', '=');
    types.push(isName ? rest : head.since(offset).trim());
    head.upTo(',');
    if (!head.accept(',')) break;
  }
  return types.join(', ');
}

function dropped({ name, arguments: list }: EffectOn<'function'>): Probe {
  const written = list === null ? name : `${name}(${typesIn(list)})`;
  const there =
    list === null
      ? 'EXISTS (SELECT FROM pg_proc WHERE proname = $2 AND pg_function_is_visible(oid)) OR to_regproc($1) IS NOT NULL'
      : 'to_regprocedure($1) IS NOT NULL';
  return probe<{ there: boolean }>(
    `SELECT ${there} AS there`,
    list === null ? [written, lastPart(name)] : [written],
    (row) =>
      row?.there === true
        ? answer('not done', `The function ${written} is still there.`)
        : doneIfNew(true, `There is no function ${written}.`),
  );
}
