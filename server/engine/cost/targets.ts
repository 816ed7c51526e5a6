import type { Statement } from '../migration.ts';
import type { Plan, Step } from '../plan.ts';
import { pathsOf } from '../recovery/search-path.ts';
import { describe } from '../sql/describe.ts';
import { type Effect, effectsOf, partsOf } from '../sql/effects/index.ts';
import { Head } from '../sql/head.ts';
import { kindOf } from '../sql/kind.ts';
import { lastPart, partsOf as partsOfName } from '../sql/names.ts';
import type { Untold } from './cost.ts';
import { Course, type Name, nameOf } from './course.ts';
import { untoldOf } from './untold.ts';

/** What a statement takes away, to be looked for in the catalogs by the name it has today. */
export interface Target extends Name {
  /** `schema` and `type` are of interest only with what they take along. */
  readonly what: 'relation' | 'column' | 'rows' | 'schema' | 'type';
  readonly column: string | null;
  /** The schemas in which a name without one is looked for; null: the session's own. */
  readonly path: readonly string[] | null;
  readonly cascade: boolean;
  /** The step's place in the plan. */
  readonly step: number;
  readonly line: number;
  /** When: targets of one statement have the same. */
  readonly at: number;
}

/** What else is gone from then on, so that it stands in nobody's way: by its own name. */
export interface Gone {
  readonly at: number;
  readonly name: string;
}

export interface Targets {
  readonly targets: readonly Target[];
  readonly gone: readonly Gone[];
  /** By the steps' places in the plan. */
  readonly untold: readonly (readonly Untold[])[];
}

/** Reads the Downs of a rollback, in the order in which they will run. Pure. */
export function targetsOf({ steps, direction }: Plan): Targets {
  const reader = new Reader();
  const untold = steps.map((step, place) => (direction === 'down' ? reader.readStep(step, place) : []));
  return { targets: reader.targets, gone: reader.gone, untold };
}

interface Where {
  readonly step: number;
  readonly line: number;
  readonly path: readonly string[] | null;
  readonly cascade: boolean;
  readonly at: number;
}

class Reader {
  readonly targets: Target[] = [];
  readonly gone: Gone[] = [];
  readonly #course = new Course();
  #at = 0;

  readStep({ action, migration, from }: Step, step: number): Untold[] {
    if (action !== 'run' || migration === null) return [];
    const { script, file } = migration;
    if (script.module !== null)
      return [
        {
          line: 1,
          does: `calls the function down of ${file}`,
          why: 'What a function does, only running it tells.',
        },
      ];
    const { statements } = script.down;
    const paths = pathsOf(statements, script.transaction);
    return statements
      .flatMap((statement, place) => (place < from ? [] : [{ statement, path: paths[place]! }]))
      .flatMap(({ statement, path }) =>
        this.#read(statement, { step, path: path === null ? null : schemasIn(path) }),
      );
  }

  #read(statement: Statement, where: Pick<Where, 'step' | 'path'>): Untold[] {
    const { line } = statement;
    const parts = statement.parts === 1 ? [statement.sql] : partsOf(statement.sql);
    return parts.flatMap((sql) => {
      const at = this.#at++;
      const { kind } = kindOf(sql);
      const place = { ...where, line, at, cascade: saysCascade(sql) };
      if (kind === 'truncate') for (const name of truncated(sql)) this.#relation('rows', name, place);
      const effects = effectsOf(sql);
      for (const effect of effects) this.#take(effect, place);
      const why = untoldOf(kind, sql, effects);
      return why === null ? [] : [{ line, does: describe(statement), why }];
    });
  }

  #take(effect: Effect, where: Where): void {
    switch (effect.about) {
      case 'relation':
        if (effect.there) return this.#made(effect.name, effect.repeatable, effect.replaces, where);
        return this.#relation('relation', effect.name, where);
      case 'column':
        return this.#column(effect.table, effect.column, effect.there ? effect.repeatable : null, where);
      case 'rename':
        return this.#renamed(effect.type, effect.on, effect.from, effect.to);
      case 'setting':
        if (effect.setting === 'schema') this.#moved(nameOf(effect.name), lastPart(effect.value));
        return;
      case 'global':
        if (effect.type === 'schema' && !effect.there)
          this.#target('schema', nameOf(effect.name), null, where);
        return;
      case 'type':
        if (!effect.there) this.#target('type', nameOf(effect.name), null, where);
        return;
      case 'constraint':
      case 'function':
      case 'attachment':
        if (!effect.there && effect.name !== null) this.#gone(effect.name, where.at);
        return;
      default:
    }
  }

  #target(what: Target['what'], name: Name, column: string | null, where: Where): void {
    this.targets.push({ what, schema: name.schema, name: name.name, column, ...where });
  }

  #gone(name: string, at: number): void {
    this.gone.push({ at, name: lastPart(name) });
  }

  #relation(what: 'relation' | 'rows', written: string, where: Where): void {
    const today = this.#course.relationToday(nameOf(written));
    if (today !== null) this.#target(what, today, null, where);
    if (what === 'relation') this.#course.note({ did: 'drop', name: nameOf(written) });
  }

  /** A view that is replaced may no longer use what it used. */
  #made(written: string, repeatable: boolean, replaces: boolean, { at }: Where): void {
    if (replaces) this.#gone(written, at);
    else if (!repeatable) this.#course.note({ did: 'make', name: nameOf(written) });
  }

  /** @param madeIfNew whether it is added only if it is not there; null: it is dropped */
  #column(writtenTable: string, written: string, madeIfNew: boolean | null, where: Where): void {
    const table = this.#course.relationToday(nameOf(writtenTable));
    if (table === null || madeIfNew === true) return;
    const column = lastPart(written);
    if (madeIfNew === false) return this.#course.note({ did: 'make column', table, column });
    const today = this.#course.columnToday(table, column);
    if (today !== null) this.#target('column', table, today, where);
    this.#course.note({ did: 'drop column', table, column });
  }

  #renamed(type: string, on: string | null, from: string, to: string): void {
    const target = nameOf(to);
    if (type === 'relation') {
      const old = nameOf(from);
      this.#course.note({ did: 'rename', from: old, to: { schema: old.schema, name: target.name } });
    }
    const table = type === 'column' && on !== null ? this.#course.relationToday(nameOf(on)) : null;
    if (table !== null)
      this.#course.note({ did: 'rename column', table, from: lastPart(from), to: target.name });
  }

  #moved(from: Name, schema: string): void {
    this.#course.note({ did: 'rename', from, to: { schema, name: from.name } });
  }
}

function saysCascade(sql: string): boolean {
  const head = new Head(sql);
  if (!['drop', 'alter', 'truncate'].includes(head.word)) return false;
  for (; !head.atEnd; head.take()) if (head.word === 'cascade') return true;
  return false;
}

/** TRUNCATE [TABLE] [ONLY] a [*], b */
function truncated(sql: string): string[] {
  const head = new Head(sql);
  head.skip('truncate', 'table');
  const names: string[] = [];
  do {
    head.skip('only');
    const name = head.name();
    if (name !== null) names.push(name);
    head.accept('*');
  } while (head.accept(','));
  return names;
}

/** `SET search_path = app, public` and pg_dump's way; null for `TO DEFAULT`, and what cannot be read. */
function schemasIn(sql: string): string[] | null {
  const written =
    /^select[^(]*\(\s*'search_path'\s*,\s*'([^']*)'/i.exec(sql)?.[1] ??
    /search_path\s*(?:=|\bto\b)\s*([^;]*)$/i.exec(sql.trim())?.[1];
  if (written === undefined || /^default$/i.test(written.trim())) return null;
  return written.split(',').flatMap((one) => partsOfName(one.trim().replace(/^'(.*)'$/, '"$1"')));
}
