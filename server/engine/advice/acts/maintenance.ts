import type { DefElem, Node, ReindexStmt, RenameStmt, VacuumStmt } from 'libpg-query';
import { nameInList, nameOf } from '../name.ts';
import type { What } from './act.ts';

/** Of VACUUM only FULL is of interest. */
export function vacuum({ options, rels, is_vacuumcmd: isVacuum }: VacuumStmt): What[] {
  if (isVacuum !== true || !isOn(options, 'full')) return [];
  const tables = (rels ?? []).flatMap((one) =>
    'VacuumRelation' in one ? [nameOf(one.VacuumRelation.relation)] : [],
  );
  const words = 'VACUUM FULL';
  return tables.length === 0
    ? [{ does: 'rewrite', table: null, words }]
    : tables.map((table): What => ({ does: 'rewrite', table, words }));
}

export function reindex({ kind, relation, params }: ReindexStmt): What {
  const type =
    kind === 'REINDEX_OBJECT_INDEX' ? 'index' : kind === 'REINDEX_OBJECT_TABLE' ? 'table' : 'other';
  const name = relation === undefined ? null : nameOf(relation);
  return { does: 'reindex', type, name, concurrently: isOn(params, 'concurrently') };
}

export function rename(statement: RenameStmt): What {
  const { renameType, relation, object, subname = '', newname: to = '' } = statement;
  const of = relation === undefined && object !== undefined ? nameInList([object]) : nameOf(relation);
  const type = TYPES[renameType ?? ''] ?? 'other';
  const hasPart = type === 'column' || type === 'constraint';
  return { does: 'rename', type, of, from: hasPart ? subname : of.name, to };
}

const TYPES: Readonly<Record<string, 'table' | 'view' | 'column' | 'constraint' | 'index'>> = {
  OBJECT_TABLE: 'table',
  OBJECT_VIEW: 'view',
  OBJECT_MATVIEW: 'view',
  OBJECT_COLUMN: 'column',
  OBJECT_TABCONSTRAINT: 'constraint',
  OBJECT_INDEX: 'index',
};

/** Whether a list of options has this one, and not as `false`. */
function isOn(options: readonly Node[] | undefined, name: string): boolean {
  const found = (options ?? [])
    .flatMap((option): DefElem[] => ('DefElem' in option ? [option.DefElem] : []))
    .find((option) => option.defname === name);
  if (found === undefined) return false;
  const { arg } = found;
  return !(arg !== undefined && 'String' in arg && ['false', 'off'].includes(arg.String.sval ?? ''));
}
