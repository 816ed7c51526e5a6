import type { Effect } from '../sql/effects/index.ts';
import { lastPart, maySame, partsOf } from '../sql/names.ts';

/** Something with a name, and what it belongs to. */
export interface Subject {
  readonly what: string;
  readonly name: string;
  readonly of: string | null;
}

/** What those subjects have in common that may be the same. */
export function keyOf({ what, name, of }: Subject): string {
  return `${what} ${lastPart(name)}${of === null ? '' : ` of ${lastPart(of)}`}`;
}

export function isSame(a: Subject, b: Subject): boolean {
  if (a.what !== b.what || !maySame(a.name, b.name)) return false;
  return a.of === null || b.of === null || maySame(a.of, b.of);
}

/** What an effect is about, and then what that belongs to. */
export function subjectsOf(effect: Effect): readonly [Subject, ...Subject[]] {
  switch (effect.about) {
    case 'relation':
      return [relation(effect.name), ...(effect.parent === null ? [] : [relation(effect.parent)])];
    case 'setting':
    case 'reindex':
      return [relation(effect.name)];
    case 'index':
      return effect.table === null
        ? [relation(effect.name ?? '')]
        : [
            relation(effect.name ?? effect.table),
            relation(effect.table),
            ...columnsOf(effect.table, effect.columns),
          ];
    case 'column':
    case 'column type':
    case 'not null':
    case 'default':
    case 'identity':
      return part('column', effect.column, effect.table);
    case 'constraint':
      return [
        ...(effect.name === null
          ? ([relation(effect.table)] as const)
          : part('constraint', effect.name, effect.table)),
        ...columnsOf(effect.table, effect.columns),
      ];
    case 'validation':
      return part('constraint', effect.name, effect.table);
    case 'attachment':
      return part(effect.type, effect.name, effect.table);
    case 'trigger state':
      return part('trigger', effect.name, effect.table);
    case 'rename':
      if (effect.on !== null) return part(effect.type, effect.from, effect.on);
      return [alone(effect.type === 'index' ? 'relation' : effect.type, effect.from)];
    case 'label':
      return [alone('label', effect.before ?? effect.label), alone('type', effect.type)];
    case 'type':
    case 'function':
      return [alone(effect.about, effect.name)];
    case 'global':
      return [alone(effect.type, effect.name)];
    case 'comment':
      return [
        alone(`comment on ${effect.on}`, effect.name),
        relation(effect.table ?? tableOfComment(effect)),
      ];
    case 'grant':
      return [alone(`rights on ${effect.on}`, effect.name), relation(effect.name)];
    case 'membership':
      return [alone('membership', effect.roles.join('_'))];
    default:
      return [
        { what: 'partition', name: effect.child, of: effect.parent },
        relation(effect.child),
        relation(effect.parent),
      ];
  }
}

/** What goes with its columns. */
function columnsOf(table: string, columns: readonly (string | null)[]): Subject[] {
  return columns.flatMap((name) => (name === null ? [] : [{ what: 'column', name, of: table }]));
}

function alone(what: string, name: string): Subject {
  return { what, name, of: null };
}

function relation(name: string): Subject {
  return alone('relation', name);
}

function part(what: string, name: string, of: string): [Subject, Subject] {
  return [{ what, name, of }, relation(of)];
}

/** COMMENT ON COLUMN names the column behind its table. */
function tableOfComment({ on, name }: { readonly on: string; readonly name: string }): string {
  return on === 'column' ? partsOf(name).slice(0, -1).join('.') : name;
}
