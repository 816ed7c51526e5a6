import { type Direction, sectionOf, type Statement } from '../migration.ts';
import type { Client } from '../postgres.ts';
import type { Verdict } from '../probes/index.ts';
import { type Look, lookAt } from '../probes/look.ts';
import { describe } from '../sql/describe.ts';
import { type Effect, effectsOf, partsOf } from '../sql/effects/index.ts';
import { redact } from '../sql/redact.ts';
import { leavesTraces } from '../sql/transaction.ts';
import type { Again, Recorded, StatementFinding } from './finding.ts';
import { reconcile } from './reconcile.ts';
import { pathsOf } from './search-path.ts';
import { inOrder, standingOf } from './standing.ts';
import type { Text } from './texts.ts';

/** Looks into the database for what the statements of a section do. */
export async function inspect(
  client: Client,
  { migration, recorded, transaction }: Text,
  direction: Direction,
): Promise<StatementFinding[]> {
  const { statements } = sectionOf(migration.script, direction);
  const effects = statements.map(({ sql, parts }) => effectsOf(sql, parts));
  const paths = pathsOf(statements, migration.script.transaction);
  const seen = await lookAt(
    client,
    statements.map((_one, at) => ({ effects: effects[at]!, path: paths[at]! })),
  );
  const looks = reconcile(
    statements.map((_one, at) => ({
      effects: effects[at]!,
      looks: seen[at]!,
      happened: HAPPENED[recorded[at]!],
      cascades: CASCADES.test(statements[at]!.sql),
    })),
  );
  const { secrets } = migration.script;
  const found = statements.map((statement, at) => {
    const shown = looks[at]!.map((look) => clean(look, (text) => redact(text, secrets)));
    const record = { recorded: recorded[at]!, transaction };
    return findingOf(statement, at, record, effects[at]!, shown);
  });
  const standings = inOrder(found);
  return found.map((one, at) => ({ ...one, standing: standings[at]! }));
}

const CASCADES = /^(?:drop|alter)\b.*\bcascade\b/is;

const HAPPENED: Readonly<Record<Recorded, boolean | null>> = {
  done: true,
  failed: false,
  undone: false,
  'not run': false,
  'in doubt': null,
  unknown: null,
};

/** What ENVSUB put in is not shown. */
function clean(look: Look, hide: (text: string) => string): Look {
  return { ...look, found: hide(look.found), query: look.query === null ? null : hide(look.query) };
}

function findingOf(
  statement: Statement,
  at: number,
  { recorded, transaction }: { readonly recorded: Recorded; readonly transaction: boolean },
  effects: readonly Effect[],
  looks: readonly Look[],
): StatementFinding {
  const verdict = together(looks);
  const again = againOf(statement, effects);
  const parts = statement.parts === 1 ? [statement.sql] : partsOf(statement.sql);
  const done = looks.filter((look) => look.verdict === 'done');
  const evidence = {
    recorded,
    verdict,
    mayBeOld: done.every(({ mayBeOld }) => mayBeOld === true),
    again,
    leavesTraces: !transaction && parts.some(leavesTraces),
  };
  const judged = standingOf(evidence);
  const isOpen = verdict === 'done' && judged.standing === 'unknown';
  const said = looks.length === 0 ? whyUntold(statement) : sentences(looks);
  return {
    number: at + 1,
    line: statement.line,
    does: describe(statement),
    text: statement.text,
    recorded,
    verdict: isOpen ? 'cannot tell' : verdict,
    found: isOpen ? `${said} It may have been so before.` : said,
    looks: looks.map(({ verdict: own, found, query }) => ({ verdict: own, found, query })),
    repairs: looks.flatMap(({ repairs }) => repairs ?? []),
    again,
    ...judged,
  };
}

/**
 * A statement is done as a whole or not at all: where some of it is there and some is not, it is neither. What may be so by
 * chance, because it changes nothing where it is so already, or because there was nothing to take away, does not count then.
 */
export function together(
  looks: readonly (Pick<Look, 'verdict' | 'mayBeOld'> & { readonly effect: Pick<Effect, 'repeatable'> })[],
): Verdict {
  const has = (verdict: Verdict): boolean => looks.some((look) => look.verdict === verdict);
  if (has('half done')) return 'half done';
  if (!has('not done')) return has('done') ? 'done' : 'cannot tell';
  return looks.some((look) => look.verdict === 'done' && !look.effect.repeatable && look.mayBeOld !== true)
    ? 'half done'
    : 'not done';
}

const SHOWN = 3;

function sentences(looks: readonly Look[]): string {
  const shown = looks.slice(0, SHOWN).map(({ found }) => found);
  return [...shown, ...(looks.length > SHOWN ? [`And ${looks.length - SHOWN} more.`] : [])].join(' ');
}

/** Statements that may be run as often as one likes. */
const HARMLESS =
  /^(?:set|reset|show|listen|unlisten|begin|start transaction|commit|end|rollback|savepoint|release|analyze|vacuum|cluster|checkpoint|discard|lock|explain|refresh .*|load|deallocate)$/;

export function againOf({ kind, parts }: Statement, effects: readonly Effect[]): Again {
  if (effects.some(({ repeatable }) => !repeatable)) return 'fails';
  if ((effects.length > 0 && parts === 1) || HARMLESS.test(kind)) return 'changes nothing';
  return 'does it twice';
}

function whyUntold({ kind, text }: Statement): string {
  if (
    /^(?:set|reset|listen|unlisten|load|prepare|deallocate|discard)$/.test(kind) ||
    /^create\s+(?:\w+\s+)?temp/i.test(text)
  )
    return 'It is for its session only, and leaves nothing in the database.';
  if (kind === 'do' || kind === 'call') return 'What a block of code does cannot be read from its text.';
  if (/^(?:begin|start transaction|commit|end|rollback|savepoint|release)$/.test(kind))
    return 'It leaves nothing of its own.';
  return /^(?:insert|update|delete|merge|copy|truncate|select|values)$/.test(kind)
    ? 'It is about data, and the catalogs do not tell whether that was changed.'
    : 'The catalogs do not tell whether it was done.';
}
