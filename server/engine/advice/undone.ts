import type { Script, Statement } from '../migration.ts';
import { type Effect, effectsOf } from '../sql/effects/index.ts';
import { lastPart, partsOf } from '../sql/names.ts';

/** Something that Up makes. */
interface Made {
  /** `index users_email` */
  readonly what: string;
  readonly name: string;
  /** The table that it belongs to; null: none. */
  readonly of: string | null;
  readonly line: number;
  /** Whether it is made with IF NOT EXISTS, so that it is no matter if it is there already. */
  readonly mayBeThere: boolean;
}

interface Gone {
  readonly name: string;
  readonly of: string | null;
  readonly isColumn: boolean;
}

/**
 * What Up makes and Down leaves behind, as far as the texts tell; nothing where Down does what nobody can see (DO, CALL, a
 * function). What replaces something, extensions and roles may well be meant to stay.
 */
export function leftBehind({ up, down, module }: Script): readonly Made[] {
  if (module !== null || down.statements.length === 0 || down.statements.some(isHidden)) return [];
  const gone = down.statements.flatMap((statement) => effectsIn(statement).flatMap(goneBy));
  const cascades = down.statements.some(({ text }) => /\bcascade\b/i.test(text));
  return madeBy(up.statements).filter((made) => !isUndone(made, gone, cascades));
}

/** goose's own templates have a SELECT that does nothing. */
function isHidden({ kind, text }: Statement): boolean {
  return ['do', 'call', 'other', 'block'].includes(kind) || (kind === 'select' && text.includes('('));
}

function effectsIn({ text, parts }: Statement): readonly Effect[] {
  return effectsOf(text, parts);
}

/** What is there at the end that was not at the start; what belongs to a table that is made goes with it. */
function madeBy(statements: readonly Statement[]): Made[] {
  let made: Made[] = [];
  for (const statement of statements) {
    for (const effect of effectsIn(statement)) {
      // A sequence goes with the column that owns it, a partition with its table.
      if (effect.about === 'relation' && effect.type === 'sequence' && /\bowned\s+by\s/i.test(statement.text))
        continue;
      if (effect.about === 'partition') made = withParent(made, effect.child, effect.parent);
      const one = madeIn(effect, statement.line);
      if (one !== null && !goesWith(one, made)) made.push(one);
      if (effect.about === 'rename')
        made = made.map((each) =>
          isSame(each.name, effect.from)
            ? { ...each, name: effect.to, what: each.what.replace(each.name, effect.to) }
            : each,
        );
      else for (const gone of goneBy(effect)) made = made.filter(({ name }) => !isSame(name, gone.name));
    }
  }
  return made;
}

function goesWith({ of }: Made, made: readonly Made[]): boolean {
  return of !== null && made.some((one) => one.of === null && isSame(one.name, of));
}

function withParent(made: readonly Made[], child: string, parent: string): Made[] {
  return made
    .map((one) => (isSame(one.name, child) ? { ...one, of: parent } : one))
    .filter((one) => !goesWith(one, made));
}

function madeIn(effect: Effect, line: number): Made | null {
  const of = (what: string, name: string | null, table: string | null = null): Made | null =>
    name === null ? null : { what: `${what} ${name}`, name, of: table, line, mayBeThere: effect.repeatable };
  if (!('there' in effect) || !effect.there || ('replaces' in effect && effect.replaces)) return null;
  switch (effect.about) {
    case 'relation':
      return of(effect.type, effect.name);
    case 'index':
      return of('index', effect.name, effect.table);
    case 'column':
      return of('column', effect.column, effect.table);
    case 'constraint':
      return of('constraint', effect.name, effect.table);
    case 'type':
    case 'function':
      return of(effect.about, effect.name);
    case 'attachment':
      return of(effect.type, effect.name, effect.table);
    case 'global':
      return effect.type === 'schema' && !effect.repeatable ? of('schema', effect.name) : null;
    default:
      return null;
  }
}

/** What is no longer there by that name. */
function goneBy(effect: Effect): Gone[] {
  if (effect.about === 'rename') return [{ name: effect.from, of: effect.on, isColumn: false }];
  if (!('there' in effect) || effect.there) return [];
  switch (effect.about) {
    case 'column':
      return [{ name: effect.column, of: effect.table, isColumn: true }];
    case 'constraint':
    case 'attachment':
      return effect.name === null ? [] : [{ name: effect.name, of: effect.table, isColumn: false }];
    default:
      return effect.name === null ? [] : [{ name: effect.name, of: null, isColumn: false }];
  }
}

/** With its table, its schema, or, for what may hang on a column, with one of those. */
function isUndone({ name, of, what }: Made, gone: readonly Gone[], cascades: boolean): boolean {
  if (cascades && !/^(?:table|function|type|schema|sequence) /.test(what)) return true;
  const schema = [name, of ?? ''].flatMap((each) => partsOf(each).slice(0, -1));
  return gone.some(
    (one) =>
      isSame(one.name, name) ||
      (one.of === null && schema.some((part) => part === lastPart(one.name))) ||
      (of !== null && isSame(one.name, of)) ||
      (of !== null && one.isColumn && one.of !== null && isSame(one.of, of) && !what.startsWith('column ')),
  );
}

function isSame(a: string, b: string): boolean {
  return lastPart(a) === lastPart(b);
}
