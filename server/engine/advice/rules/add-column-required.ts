import { identifier, written } from '../name.ts';
import { type Rule, when } from '../rule.ts';
import { typeText } from '../sql-type.ts';

export const addColumnRequired: Rule = {
  name: 'add-column-required',
  severity: 'error',
  finds: 'a new NOT NULL column without a default, which fails as soon as the table has a row',
  docs: 'ddl-alter.html#DDL-ALTER-ADDING-A-COLUMN',
  onAct: when('add column', ({ table, column }, { catalog, sized }) => {
    const { name, type, notNull, hasDefault, at } = column;
    const known = catalog.find(table);
    const rows = known?.rows ?? null;
    if (!notNull || hasDefault || rows === 0 || known?.emptied === true) return null;
    const has = rows === null ? 'if the table has a row' : `${sized(table)} has rows`;
    const of = written(table);
    const kind = type === null ? '…' : typeText(type);
    return {
      on: table,
      message: `It fails ${rows === null ? has : `because ${has}`}: ${identifier(name)} would be null there (23502).`,
      instead:
        'Give it a default that is the same for all rows, or add it nullable, fill it, and set NOT NULL later.',
      sql: `ALTER TABLE ${of} ADD COLUMN ${identifier(name)} ${kind} NOT NULL DEFAULT …;`,
      at,
    };
  }),
};
