import type { Catalog } from '../catalog.ts';
import { identifier, type Name, written } from '../name.ts';
import { type Remark, type Rule, when } from '../rule.ts';

export const notNullScan: Rule = {
  name: 'not-null-scan',
  severity: 'warning',
  finds: 'SET NOT NULL that reads the whole table under the strongest lock',
  docs: 'sql-altertable.html#SQL-ALTERTABLE-DESC-SET-DROP-NOT-NULL',
  onAct: (act, scene) => setNotNull(act, scene) ?? addNotNull(act, scene),
};

const setNotNull = when('set not null', ({ table, column, on }, { catalog, sized }) =>
  !on || isKnown(table, column, catalog) ? null : remark(table, column, sized(table)),
);

/** `ADD CONSTRAINT … NOT NULL a`, from PostgreSQL 18 on. */
const addNotNull = when('add constraint', ({ table, constraint }, { catalog, sized }) => {
  const column = constraint.columns[0];
  if (constraint.kind !== 'not null' || !constraint.validated || column === undefined) return null;
  return isKnown(table, column, catalog) ? null : remark(table, column, sized(table));
});

/** Whether a validated constraint proves it already: then PostgreSQL does not look at the rows. */
function isKnown(table: Name, column: string, catalog: Catalog): boolean {
  const known = catalog.find(table);
  if (known === null) return false;
  if (known.columns.get(column)?.notNull === true) return true;
  return known.constraints.some(({ notNull, validated }) => validated && notNull === column);
}

function remark(table: Name, column: string, size: string): Remark {
  const [of, name] = [written(table), identifier(column)];
  const constraint = identifier(`${table.name}_${column}_not_null`);
  return {
    on: table,
    weight: 'grows',
    message: `Nobody can read or write ${size} while every row is looked at.`,
    instead:
      'Prove it first with a check: validating that keeps nobody out, and SET NOT NULL then takes its word for it. Each step in a file of its own.',
    sql: `ALTER TABLE ${of} ADD CONSTRAINT ${constraint} CHECK (${name} IS NOT NULL) NOT VALID;\n-- in a later file:\nALTER TABLE ${of} VALIDATE CONSTRAINT ${constraint};\n-- and in one after that:\nALTER TABLE ${of} ALTER COLUMN ${name} SET NOT NULL;\nALTER TABLE ${of} DROP CONSTRAINT ${constraint};`,
  };
}
