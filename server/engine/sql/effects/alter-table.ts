import type { Head } from '../head.ts';
import { alterColumn } from './alter-column.ts';
import { columnDefinition } from './column.ts';
import { constraintAt, isConstraint } from './constraint.ts';
import type { Effect, EffectOn, Setting } from './effect.ts';

/** Reads the list of actions of ALTER TABLE (of a view, a sequence …) after the relation's name: a claim or two for each. */
export function alterRelation(head: Head, table: string): Effect[] {
  const effects: Effect[] = [];
  do {
    effects.push(...action(head, table));
    head.upTo(',');
  } while (head.accept(','));
  return effects;
}

function action(head: Head, table: string): readonly Effect[] {
  const word = head.take();
  switch (word) {
    case 'add':
      return add(head, table);
    case 'drop':
      return drop(head, table);
    case 'alter':
      return head.accept('constraint') ? [] : alterColumn(head, table);
    case 'validate':
      return head.accept('constraint') ? validation(head, table) : [];
    case 'rename':
      return rename(head, table);
    case 'attach':
    case 'detach':
      return head.accept('partition') ? partition(head, table, word === 'attach') : [];
    case 'owner':
      return head.accept('to') ? setting(table, 'owner', head.name()) : [];
    case 'set':
      return set(head, table);
    case 'enable':
    case 'disable':
      return turn(head, table, word === 'enable');
    case 'force':
      return setting(table, 'forced row security', 'on');
    case 'no':
      return head.accept('force') ? setting(table, 'forced row security', 'off') : [];
    default:
      return [];
  }
}

function add(head: Head, table: string): readonly Effect[] {
  if (!head.accept('column') && isConstraint(head)) {
    const constraint = constraintAt(head, table, false);
    return constraint === null ? [] : [constraint];
  }
  const repeatable = head.accept('if', 'not', 'exists');
  const column = columnDefinition(head);
  if (column === null) return [];
  return [{ about: 'column', table, column: column.name, there: true, definition: column, repeatable }];
}

function drop(head: Head, table: string): readonly Effect[] {
  const isConstraintDropped = head.accept('constraint');
  if (!isConstraintDropped) head.accept('column');
  const repeatable = head.accept('if', 'exists');
  const name = head.name();
  if (name === null) return [];
  return isConstraintDropped
    ? [droppedConstraint(table, name, false, repeatable)]
    : [{ about: 'column', table, column: name, there: false, definition: null, repeatable }];
}

export function droppedConstraint(
  table: string,
  name: string,
  domain: boolean,
  repeatable: boolean,
): EffectOn<'constraint'> {
  const nothing = { type: null, columns: [], references: null, there: false, validated: false } as const;
  return { about: 'constraint', table, domain, name, ...nothing, repeatable };
}

function validation(head: Head, table: string): Effect[] {
  const name = head.name();
  return name === null ? [] : [{ about: 'validation', table, domain: false, name, repeatable: true }];
}

/** RENAME TO b; RENAME CONSTRAINT a TO b; RENAME [COLUMN] a TO b */
function rename(head: Head, table: string): Effect[] {
  if (head.accept('to')) {
    const to = head.name();
    return to === null
      ? []
      : [{ about: 'rename', type: 'relation', on: null, from: table, to, repeatable: false }];
  }
  const type = head.accept('constraint') ? 'constraint' : 'column';
  head.accept('column');
  const from = head.name();
  const to = head.accept('to') ? head.name() : null;
  return from === null || to === null
    ? []
    : [{ about: 'rename', type, on: table, from, to, repeatable: false }];
}

function partition(head: Head, parent: string, attached: boolean): Effect[] {
  const child = head.name();
  return child === null ? [] : [{ about: 'partition', parent, child, attached, repeatable: false }];
}

function set(head: Head, table: string): readonly Effect[] {
  if (head.accept('schema')) return setting(table, 'schema', head.name());
  if (head.accept('logged')) return setting(table, 'logged', 'on');
  return head.accept('unlogged') ? setting(table, 'logged', 'off') : [];
}

/** ENABLE | DISABLE [REPLICA | ALWAYS] TRIGGER name, and ROW LEVEL SECURITY. */
function turn(head: Head, table: string, on: boolean): readonly Effect[] {
  if (head.accept('row', 'level', 'security')) return setting(table, 'row security', on ? 'on' : 'off');
  const state = head.accept('replica') ? 'R' : head.accept('always') ? 'A' : on ? 'O' : 'D';
  const name = head.accept('trigger') ? head.name() : null;
  if (name === null || ['all', 'user'].includes(name.toLowerCase())) return [];
  return [{ about: 'trigger state', table, name, state, repeatable: true }];
}

function setting(name: string, which: Setting, value: string | null): Effect[] {
  return value === null ? [] : [{ about: 'setting', name, setting: which, value, repeatable: true }];
}
