import { identifier, type Name, written } from '../name.ts';
import { type Remark, type Rule, when } from '../rule.ts';

export const rename: Rule = {
  name: 'rename',
  severity: 'warning',
  finds: 'a table, a view or a column that gets another name while code uses the old one',
  docs: 'sql-altertable.html#SQL-ALTERTABLE-DESC-RENAME',
  onAct: (act, scene) => renamed(act, scene) ?? moved(act, scene),
};

const renamed = when('rename', ({ type, of, from, to }, { madeLater }) => {
  if (type === 'column') {
    const instead =
      'Add a column of the new name, keep both alike with a trigger, let the code change over, and drop the old one later.';
    return { on: of, message: broken(`${written(of)}.${identifier(from)}`), instead };
  }
  if ((type !== 'table' && type !== 'view') || madeLater(of)) return null;
  const message = broken(written(of));
  if (type === 'view')
    return { on: of, message, instead: 'Make a second view of the new name, and drop the old one later.' };
  return { on: of, message, ...viewOfOldName(of, { ...of, name: to }) };
});

const moved = when('move', ({ table, to }, { madeLater }) =>
  madeLater(table)
    ? null
    : {
        on: table,
        message: broken(written(table)),
        ...viewOfOldName(table, { schema: to, name: table.name }),
      },
);

function broken(name: string): string {
  return `Code that still says ${name} fails from then on: it cannot change over in the same moment.`;
}

function viewOfOldName(old: Name, now: Name): Pick<Remark, 'instead' | 'sql'> {
  return {
    instead: 'Leave a view of the old name in its place, in the same transaction, until no code uses it.',
    sql: `CREATE VIEW ${written(old)} AS SELECT * FROM ${written(now)};`,
  };
}
