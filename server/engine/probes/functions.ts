import type { EffectOn } from '../sql/effects/index.ts';
import { lastPart, partsOf } from '../sql/names.ts';
import { answer, doneIf, type Probe, probe } from './probe.ts';

interface Row {
  readonly count: number;
  readonly same: boolean;
}

/**
 * Functions and procedures: there is one of the name with this very body. Several may share a name, and what is between
 * the parentheses is not always a list of types, so the body tells.
 */
export function functions(effect: EffectOn<'function'>): Probe {
  const { name, there, body, replaces } = effect;
  if (!there) return dropped(effect);
  const parts = partsOf(name);
  return probe<Row>(
    `SELECT count(*)::int4 AS count, coalesce(bool_or(p.prosrc = $3), false) AS same
     FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
     WHERE p.proname = $2 AND n.nspname = coalesce($1, current_schema())`,
    [parts.length > 1 ? parts.at(-2) : null, lastPart(name), body],
    (row) => {
      if (row === undefined || row.count === 0) return answer('not done', `There is no function ${name}.`);
      if (row.same) return answer('done', `The function ${name} is there, with this body.`);
      if (body !== null) return answer('not done', `There is a function ${name}, but with another body.`);
      return replaces
        ? answer('cannot tell', `There is a function ${name}; whether its body is this one cannot be told.`)
        : answer('done', `There is a function ${name}.`);
    },
  );
}

function dropped({ name, arguments: list }: EffectOn<'function'>): Probe {
  const written = list === null ? name : `${name}(${list})`;
  const there =
    list === null
      ? 'EXISTS (SELECT FROM pg_proc WHERE proname = $2 AND pg_function_is_visible(oid)) OR to_regproc($1) IS NOT NULL'
      : 'to_regprocedure($1) IS NOT NULL';
  return probe<{ there: boolean }>(
    `SELECT ${there} AS there`,
    list === null ? [written, lastPart(name)] : [written],
    (row) =>
      doneIf(
        row?.there !== true,
        row?.there === true ? `The function ${written} is still there.` : `There is no function ${written}.`,
      ),
  );
}
