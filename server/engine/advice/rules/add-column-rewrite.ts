import type { MadeColumn } from '../acts/act.ts';
import { identifier, type Name, written } from '../name.ts';
import { type Remark, type Rule, when } from '../rule.ts';
import { typeText } from '../sql-type.ts';

export const addColumnRewrite: Rule = {
  name: 'add-column-rewrite',
  severity: 'warning',
  finds: 'a new column with another value in each row, for which the whole table is written anew',
  docs: 'sql-altertable.html#SQL-ALTERTABLE-NOTES',
  onAct: when('add column', ({ table, column }, { sized }) => {
    if (column.eachRow === null) return null;
    return {
      on: table,
      weight: 'grows',
      message: `Each row gets a value of its own (${column.eachRow}), so every row is written anew. Nobody can read or write ${sized(table)} meanwhile.`,
      ...steps(table, column),
      at: column.at,
    };
  }),
};

function steps(table: Name, { name, type, eachRow }: MadeColumn): Pick<Remark, 'instead' | 'sql'> {
  const [column, of] = [identifier(name), written(table)];
  const call = /^DEFAULT (.*)$/.exec(eachRow ?? '')?.[1];
  if (call === undefined || type === null) {
    return {
      instead:
        'Add a plain column, give it its default or trigger for new rows, and fill the old rows in batches, in files of their own.',
    };
  }
  return {
    instead:
      'Add the column without the default, then set the default for new rows, and fill the old ones in batches.',
    sql: `ALTER TABLE ${of} ADD COLUMN ${column} ${typeText(type)};\nALTER TABLE ${of} ALTER COLUMN ${column} SET DEFAULT ${call};\n-- in a later file without a transaction, in batches:\nUPDATE ${of} SET ${column} = ${call} WHERE ${column} IS NULL AND …;`,
  };
}
