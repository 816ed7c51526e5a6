import type { Head } from '../head.ts';
import { alterRelation, droppedConstraint } from './alter-table.ts';
import { constraintAt } from './constraint.ts';
import type { AttachmentType, Effect, RenamedType } from './effect.ts';

const RELATIONS = ['table', 'view', 'sequence', 'materialized view', 'foreign table'] as const;

/** Reads ALTER … from its second word on. */
export function alter(head: Head): readonly Effect[] {
  for (const words of RELATIONS) if (head.accept(...words.split(' '))) return relation(head);
  if (head.accept('index')) return index(head);
  if (head.accept('type')) return type(head);
  if (head.accept('domain')) return domain(head);
  if (head.accept('schema')) return renamed(head, 'schema');
  for (const of of ['trigger', 'policy', 'rule'] as const) if (head.accept(of)) return attachment(head, of);
  return [];
}

function relation(head: Head): readonly Effect[] {
  const ifThere = head.accept('if', 'exists');
  head.accept('only');
  const name = head.word === 'all' ? null : head.name();
  head.accept('*');
  if (name === null) return [];
  const effects = alterRelation(head, name);
  return ifThere ? effects.map((effect) => ({ ...effect, ifThere })) : effects;
}

function index(head: Head): readonly Effect[] {
  const ifThere = head.accept('if', 'exists');
  const name = head.word === 'all' ? null : head.name();
  if (name === null || !head.accept('rename', 'to')) return [];
  const effects = rename('index', null, name, head.name());
  return ifThere ? effects.map((effect) => ({ ...effect, ifThere })) : effects;
}

function type(head: Head): readonly Effect[] {
  const name = head.name();
  if (name === null) return [];
  if (head.accept('add', 'value')) {
    const repeatable = head.accept('if', 'not', 'exists');
    return label(name, null, head.string(), repeatable);
  }
  if (head.accept('rename', 'value')) {
    const before = head.string();
    return before !== null && head.accept('to') ? label(name, before, head.string(), false) : [];
  }
  return head.accept('rename', 'to') ? rename('type', null, name, head.name()) : [];
}

function label(of: string, before: string | null, text: string | null, repeatable: boolean): Effect[] {
  return text === null ? [] : [{ about: 'label', type: of, label: text, before, repeatable }];
}

function domain(head: Head): readonly Effect[] {
  const name = head.name();
  if (name === null) return [];
  if (head.accept('add')) {
    const constraint = constraintAt(head, name, true);
    return constraint === null ? [] : [constraint];
  }
  if (head.accept('drop', 'constraint')) {
    const repeatable = head.accept('if', 'exists');
    const constraint = head.name();
    return constraint === null ? [] : [droppedConstraint(name, constraint, true, repeatable)];
  }
  if (head.accept('validate', 'constraint')) {
    const constraint = head.name();
    return constraint === null
      ? []
      : [{ about: 'validation', table: name, domain: true, name: constraint, repeatable: true }];
  }
  return head.accept('rename', 'to') ? rename('type', null, name, head.name()) : [];
}

/** ALTER TRIGGER a ON t RENAME TO b */
function attachment(head: Head, of: AttachmentType): readonly Effect[] {
  const name = head.name();
  const table = head.accept('on') ? head.name() : null;
  if (name === null || table === null || !head.accept('rename', 'to')) return [];
  return rename(of, table, name, head.name());
}

function renamed(head: Head, of: RenamedType): readonly Effect[] {
  const name = head.name();
  return name !== null && head.accept('rename', 'to') ? rename(of, null, name, head.name()) : [];
}

function rename(of: RenamedType, on: string | null, from: string, to: string | null): Effect[] {
  return to === null ? [] : [{ about: 'rename', type: of, on, from, to, repeatable: false }];
}
