import type { Script, Statement } from '../migration.ts';
import { type Effect, type EffectOn, effectsOf } from '../sql/effects/index.ts';
import { lastPart, partsOf } from '../sql/names.ts';

/** Something that Up makes. */
interface Made {
  /** `index users_email` */
  readonly what: string;
  /** The last part of its name, as PostgreSQL reads it. */
  readonly name: string;
  /** The same of the table that it belongs to; null: none. */
  readonly of: string | null;
  /** The schemas that are named with it or its table. */
  readonly schemas: readonly string[];
  readonly line: number;
  /** Whether it is made with IF NOT EXISTS, so that it is no matter if it is there already. */
  readonly mayBeThere: boolean;
}

interface Gone {
  /** Last parts, as above. */
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
  const allGone = down.statements.flatMap((statement) => effectsIn(statement).flatMap(goneBy));
  const cascades = down.statements.some(({ text }) => /\bcascade\b/i.test(text));
  return madeBy(up.statements).filter((made) => !isUndone(made, allGone, cascades));
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
      if (effect.about === 'partition')
        made = withParent(made, lastPart(effect.child), lastPart(effect.parent));
      const one = madeIn(effect, statement.line);
      if (one !== null && !goesWith(one, made)) made.push(one);
      if (effect.about === 'rename') made = renamed(made, effect, statement.line);
      else for (const { name } of goneBy(effect)) made = made.filter((each) => each.name !== name);
    }
  }
  return made;
}

function goesWith({ of }: Made, made: readonly Made[]): boolean {
  return of !== null && made.some((one) => one.of === null && one.name === of);
}

function withParent(made: readonly Made[], child: string, parent: string): Made[] {
  return made
    .map((one) => (one.name === child ? { ...one, of: parent } : one))
    .filter((one) => !goesWith(one, made));
}

/** What was there before has a new name now, which is something made, too. */
function renamed(made: readonly Made[], { from, to, on }: EffectOn<'rename'>, line: number): Made[] {
  const before = lastPart(from);
  const isMade = made.some(({ name }) => name === before);
  if (!isMade) {
    const one = { ...named('name', to, on), what: `the name ${to} for ${from}`, line, mayBeThere: false };
    return goesWith(one, made) ? [...made] : [...made, one];
  }
  return made.map((one) =>
    one.name === before
      ? { ...one, name: lastPart(to), what: `${one.what.slice(0, one.what.lastIndexOf(' '))} ${to}` }
      : one,
  );
}

function madeIn(effect: Effect, line: number): Made | null {
  const of = (what: string, name: string | null, table: string | null = null): Made | null =>
    name === null ? null : { ...named(what, name, table), line, mayBeThere: effect.repeatable };
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

function named(what: string, name: string, table: string | null): Omit<Made, 'line' | 'mayBeThere'> {
  const [parts, ofParts] = [partsOf(name), table === null ? [] : partsOf(table)];
  return {
    what: `${what} ${name}`,
    name: parts.at(-1) ?? '',
    of: ofParts.at(-1) ?? null,
    schemas: [...parts.slice(0, -1), ...ofParts.slice(0, -1)],
  };
}

/** What is no longer there by that name. */
function goneBy(effect: Effect): Gone[] {
  if (effect.about === 'rename') return gone(effect.from, effect.on);
  if (!('there' in effect) || effect.there) return [];
  switch (effect.about) {
    case 'column':
      return gone(effect.column, effect.table, true);
    case 'constraint':
    case 'attachment':
      return gone(effect.name, effect.table);
    default:
      return gone(effect.name, null);
  }
}

function gone(name: string | null, of: string | null, isColumn = false): Gone[] {
  return name === null ? [] : [{ name: lastPart(name), of: of === null ? null : lastPart(of), isColumn }];
}

/** With its table, its schema, or, for what may hang on a column, with one of those. */
function isUndone({ name, of, schemas, what }: Made, all: readonly Gone[], cascades: boolean): boolean {
  if (cascades && !/^(?:table|function|type|schema|sequence) /.test(what)) return true;
  return all.some(
    (one) =>
      one.name === name ||
      one.name === of ||
      (one.of === null && schemas.includes(one.name)) ||
      (one.isColumn && one.of === of && /^(?:index|constraint|trigger) /.test(what)),
  );
}
