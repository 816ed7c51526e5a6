import type { ActOf } from '../acts/act.ts';
import { identifier, written } from '../name.ts';
import { type Remark, type Rule, when } from '../rule.ts';
import { typeText } from '../sql-type.ts';
import { costOf } from '../type-change.ts';

export const columnTypeRewrite: Rule = {
  name: 'column-type-rewrite',
  severity: 'warning',
  finds: 'a column type change that writes the whole table anew',
  docs: 'sql-altertable.html#SQL-ALTERTABLE-NOTES',
  onAct: when('set type', (act, { catalog, sized }) => {
    const { table, column, type, using } = act;
    const before = catalog.find(table)?.columns.get(column)?.type ?? null;
    // Of what it was before nothing is known: a change to text without a length hardly ever costs anything.
    if (before === null && type.name === 'text' && using !== 'expression') return null;
    const cost = before === null ? 'rewrite' : costOf(before, type, using);
    if (cost === 'nothing' || cost === 'catalogs') return null;
    const from = before === null ? '' : ` from ${typeText(before)}`;
    const change = `${identifier(column)}${from} to ${typeText(type)}`;
    const lock = `Nobody can read or write ${sized(table)} meanwhile.`;
    if (cost === 'rewrite unless UTC') {
      return {
        on: table,
        weight: 'grows',
        message: `Changing ${change} writes every row anew unless the session’s TimeZone is UTC. ${lock}`,
        ...inUtc(act),
      };
    }
    if (before !== null && costOf(before, type, 'nothing') === 'rewrite unless UTC') {
      return {
        on: table,
        weight: 'grows',
        message: `Changing ${change} by an expression writes every row and every index of the table anew. ${lock}`,
        ...inUtc(act),
      };
    }
    const sure = before === null && using !== 'expression' ? 'may write' : 'writes';
    return {
      on: table,
      weight: 'grows',
      message: `Changing ${change} ${sure} every row and every index of the table anew. ${lock}`,
      ...newColumn(act),
    };
  }),
};

function inUtc({ table, column, type }: ActOf<'set type'>): Pick<Remark, 'instead' | 'sql'> {
  return {
    instead:
      'Where the times are meant as UTC, say so for the transaction, and leave out USING: then no row is touched.',
    sql: `SET LOCAL TimeZone = 'UTC';\nALTER TABLE ${written(table)} ALTER COLUMN ${identifier(column)} TYPE ${typeText(type)};`,
  };
}

/** The long way, on which nobody waits. */
function newColumn({ table, column, type }: ActOf<'set type'>): Pick<Remark, 'instead' | 'sql'> {
  const fresh = identifier(`${column}_new`);
  const name = written(table);
  return {
    instead:
      'Add a column of the new type, keep it up to date with a trigger, fill it in batches, and let the code change over before the old one is dropped.',
    sql: `ALTER TABLE ${name} ADD COLUMN ${fresh} ${typeText(type)};\n-- a trigger that copies ${identifier(column)} to ${fresh}; then, in batches:\nUPDATE ${name} SET ${fresh} = ${identifier(column)} WHERE ${fresh} IS NULL AND …;`,
  };
}
