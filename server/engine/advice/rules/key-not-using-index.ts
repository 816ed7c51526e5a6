import type { MadeConstraint } from '../acts/act.ts';
import { identifier, type Name, written } from '../name.ts';
import { type Remark, type Rule, when } from '../rule.ts';

export const keyNotUsingIndex: Rule = {
  name: 'key-not-using-index',
  severity: 'warning',
  finds: 'a primary key or unique constraint whose index is built under the strongest lock',
  docs: 'sql-altertable.html#SQL-ALTERTABLE-DESC-ADD-TABLE-CONSTRAINT-USING-INDEX',
  onAct: (act, scene) => added(act, scene) ?? withColumn(act, scene),
};

const added = when('add constraint', ({ table, constraint }, { sized }) =>
  hasIndex(constraint) ? remark(table, constraint, sized(table)) : null,
);

const withColumn = when('add column', ({ table, constraints }, { sized }) => {
  const found = constraints.find(hasIndex);
  return found === undefined ? null : remark(table, found, sized(table));
});

function hasIndex({ kind, usingIndex }: MadeConstraint): boolean {
  return (kind === 'primary key' || kind === 'unique' || kind === 'exclude') && !usingIndex;
}

function remark(table: Name, { kind, name, columns, at }: MadeConstraint, size: string): Remark {
  const message = `Nobody can read or write ${size} until the index of the constraint is built.`;
  if (kind === 'exclude') {
    return {
      on: table,
      weight: 'grows',
      message,
      instead:
        'There is no way to add an exclusion constraint without it: choose a quiet hour, and a lock timeout.',
      at,
    };
  }
  const plain = kind === 'primary key' ? `${table.name}_pkey` : `${table.name}_${columns.join('_')}_key`;
  const index = identifier(name ?? plain);
  const of = written(table);
  return {
    on: table,
    weight: 'grows',
    message,
    instead:
      'Build a unique index CONCURRENTLY first, and make the constraint of it afterwards: that is done at once.',
    sql: `-- +goose NO TRANSACTION\n-- +goose Up\nCREATE UNIQUE INDEX CONCURRENTLY ${index} ON ${of} (${columns.map(identifier).join(', ')});\n-- in a later file:\nALTER TABLE ${of} ADD CONSTRAINT ${index} ${kind.toUpperCase()} USING INDEX ${index};`,
    at,
  };
}
