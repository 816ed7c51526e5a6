import type { AttachmentType, EffectOn } from '../sql/effects/index.ts';
import { lastPart } from '../sql/names.ts';
import { answer, doneIf, doneIfNew, type Probe, probe } from './probe.ts';

/** SQL for those of the table `$1` that are called `$2`. */
const FIND: Readonly<Record<AttachmentType, string>> = {
  trigger:
    'SELECT p.proname::text AS calls FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid WHERE t.tgrelid = to_regclass($1) AND t.tgname = $2 AND NOT t.tgisinternal',
  policy: 'SELECT NULL AS calls FROM pg_policy WHERE polrelid = to_regclass($1) AND polname = $2',
  rule: 'SELECT NULL AS calls FROM pg_rewrite WHERE ev_class = to_regclass($1) AND rulename = $2',
};

/** Triggers, policies and rules of a table. */
export function attachments({ type, name, table, there, replaces, calls }: EffectOn<'attachment'>): Probe {
  return probe<{ calls: string | null }>(FIND[type], [table, lastPart(name)], (row) => {
    if (row === undefined) return doneIfNew(!there, `There is no ${type} ${name} on ${table}.`);
    if (!there) return answer('not done', `The ${type} ${name} is still on ${table}.`);
    if (calls !== null && row.calls !== lastPart(calls))
      return answer('not done', `There is a ${type} ${name} on ${table}, but it calls ${row.calls}.`);
    return replaces
      ? answer(
          'cannot tell',
          `There is a ${type} ${name} on ${table}; whether it is this one, its name does not tell.`,
        )
      : doneIfNew(true, `The ${type} ${name} is on ${table}.`);
  });
}

const STATES: Readonly<Record<EffectOn<'trigger state'>['state'], string>> = {
  O: 'enabled',
  D: 'disabled',
  R: 'enabled for replicas',
  A: 'always enabled',
};

export function triggerStates({ table, name, state }: EffectOn<'trigger state'>): Probe {
  return probe<{ state: keyof typeof STATES }>(
    `SELECT tgenabled::text AS state FROM pg_trigger WHERE tgrelid = to_regclass($1) AND tgname = $2`,
    [table, lastPart(name)],
    (row) => {
      if (row === undefined) return answer('not done', `There is no trigger ${name} on ${table}.`);
      return doneIf(row.state === state, `The trigger ${name} on ${table} is ${STATES[row.state]}.`);
    },
  );
}
