import type { MadeConstraint } from '../acts/act.ts';
import { identifier, type Name, written } from '../name.ts';
import { type Remark, type Rule, type Scene, when } from '../rule.ts';

export const foreignKeyScan: Rule = {
  name: 'foreign-key-scan',
  severity: 'warning',
  finds: 'a foreign key that compares every row while nobody can write to either table',
  docs: 'sql-altertable.html#SQL-ALTERTABLE-DESC-ADD-TABLE-CONSTRAINT',
  onAct: (act, scene) => added(act, scene) ?? withColumn(act, scene),
};

const added = when('add constraint', ({ table, constraint }, scene) =>
  constraint.kind === 'foreign key' && constraint.validated
    ? remark(table, constraint, `Nobody can write to ${both(table, constraint, scene)}`, scene)
    : null,
);

/** A new column that is null everywhere has nothing to compare. */
const withColumn = when('add column', ({ table, column, constraints }, scene) => {
  const found = constraints.find(({ kind, validated }) => kind === 'foreign key' && validated);
  if (found === undefined || !column.hasDefault) return null;
  return remark(table, found, `Nobody can read or write ${scene.sized(table)}`, scene);
});

function both(table: Name, { parent }: MadeConstraint, { sized, catalog }: Scene): string {
  return parent === null || parent.name === table.name || catalog.standing(parent) === 'fresh'
    ? sized(table)
    : `${sized(table)}, nor to ${sized(parent)},`;
}

function remark(table: Name, constraint: MadeConstraint, locked: string, { catalog }: Scene): Remark {
  const isPartitioned = catalog.find(table)?.kind === 'partitioned table';
  const name = constraint.name ?? `${table.name}_${constraint.columns.join('_')}_fkey`;
  const of = written(table);
  const definition =
    constraint.definition === ''
      ? `FOREIGN KEY (${constraint.columns.map(identifier).join(', ')}) REFERENCES ${written(constraint.parent!)}`
      : constraint.definition;
  return {
    on: table,
    weight: 'grows',
    message: `${locked} while every row of ${of} is looked up in ${written(constraint.parent!)}.`,
    instead: isPartitioned
      ? 'Add it NOT VALID and validate it in a later file; before PostgreSQL 18 a partitioned table takes no NOT VALID, so give it to each partition first.'
      : 'Add it NOT VALID, which is done at once, and validate it in a later file: that keeps nobody from writing.',
    sql: `ALTER TABLE ${of} ADD CONSTRAINT ${identifier(name)} ${definition} NOT VALID;\n-- in a later file:\nALTER TABLE ${of} VALIDATE CONSTRAINT ${identifier(name)};`,
    at: constraint.at,
  };
}
