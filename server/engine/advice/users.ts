import { written } from './name.ts';
import type { Relation } from './relation.ts';

/** What uses a table, as far as the database says. */
export interface Users {
  readonly views: readonly string[];
  readonly tables: readonly string[];
  /** `the view active_users uses`, to go before a name; '' when nothing does. */
  readonly text: string;
}

/** @param column only what uses this one; null: what uses the table in any way */
export function usersOf(relation: Relation | null, column: string | null): Users {
  const found = (relation?.dependents ?? []).filter(
    ({ columns }) => column === null || columns.includes(column),
  );
  const names = (type: string): string[] => [
    ...new Set(found.filter((one) => one.type === type).map(written)),
  ];
  const [views, tables] = [names('view'), names('foreign key')];
  const parts = [
    ...(views.length === 0 ? [] : [`${views.length === 1 ? 'the view' : 'the views'} ${few(views)}`]),
    ...(tables.length === 0
      ? []
      : [`${tables.length === 1 ? 'a foreign key of' : 'foreign keys of'} ${few(tables)}`]),
  ];
  const many = views.length + tables.length > 1;
  return { views, tables, text: parts.length === 0 ? '' : `${parts.join(' and ')} ${many ? 'use' : 'uses'}` };
}

/** The first of them by name, the others by their number. */
function few(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(', ');
  return names.length > 3 ? `${shown} and ${names.length - 3} more` : shown;
}
