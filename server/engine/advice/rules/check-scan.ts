import type { MadeConstraint } from '../acts/act.ts';
import { identifier, type Name, written } from '../name.ts';
import { type Remark, type Rule, when } from '../rule.ts';

export const checkScan: Rule = {
  name: 'check-scan',
  severity: 'warning',
  finds: 'a check that reads the whole table under the strongest lock',
  docs: 'sql-altertable.html#SQL-ALTERTABLE-DESC-ADD-TABLE-CONSTRAINT',
  onAct: (act, scene) => added(act, scene) ?? withColumn(act, scene),
};

const added = when('add constraint', ({ table, constraint }, { sized }) =>
  constraint.kind === 'check' && constraint.validated ? remark(table, constraint, sized(table)) : null,
);

const withColumn = when('add column', ({ table, constraints }, { sized }) => {
  const found = constraints.find(({ kind, validated }) => kind === 'check' && validated);
  return found === undefined ? null : remark(table, found, sized(table));
});

function remark(table: Name, constraint: MadeConstraint, size: string): Remark {
  const name = identifier(
    constraint.name ?? `${table.name}_${constraint.columns.join('_') || 'is_valid'}_check`,
  );
  const definition = constraint.definition === '' ? 'CHECK (…)' : constraint.definition;
  const of = written(table);
  return {
    on: table,
    weight: 'grows',
    message: `Nobody can read or write ${size} while every row is checked.`,
    instead:
      'Add it NOT VALID, which is done at once, and validate it in a later file: that keeps nobody out.',
    sql: `ALTER TABLE ${of} ADD CONSTRAINT ${name} ${definition} NOT VALID;\n-- in a later file:\nALTER TABLE ${of} VALIDATE CONSTRAINT ${name};`,
    at: constraint.at,
  };
}
