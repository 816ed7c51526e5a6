import { type Direction, type Migration, sectionOf, type Statement } from '../migration.ts';
import { placeIn } from '../sql/position.ts';
import { redact } from '../sql/redact.ts';
import type { Act } from './acts/act.ts';
import { Catalog } from './catalog.ts';
import type { Facts } from './facts.ts';
import type { Finding, Severity } from './finding.ts';
import { blockedBy, lockOn, locksOf } from './locks.ts';
import { isSame, type Name, written } from './name.ts';
import type { FileRemark, Remark, Rule, Scene } from './rule.ts';
import { ruleNames, rules } from './rules/index.ts';
import { sized } from './size.ts';
import { Transaction } from './transaction.ts';

/** A migration that is to run, with what its statements do. */
export interface Reading {
  readonly migration: Migration;
  readonly direction: Direction;
  /** By the statements of its section; null: the parser could not read that one. */
  readonly acts: readonly (readonly Act[] | null)[];
  /** Whether something is to be said of it, or only to be learnt from it. */
  readonly isShown: boolean;
}

export interface ReviewOptions {
  /** What the database says of the tables; null: it was not asked, and what is known is in the files. */
  readonly facts: Facts | null;
  /** What runs as one: made in one file of a `plan`, a table is new in the next ones, too. */
  readonly unit: 'plan' | 'file';
}

/** Everything there is to say of migrations that run one after the other, in the order of their lines. Pure. */
export function review(readings: readonly Reading[], { facts, unit }: ReviewOptions): Finding[] {
  const catalog = new Catalog(facts);
  return readings.flatMap((reading) => {
    const found = new FileReview(reading, catalog).run();
    if (unit === 'file') catalog.settle();
    return reading.isShown ? found : [];
  });
}

class FileReview {
  readonly #reading: Reading;
  readonly #catalog: Catalog;
  readonly #transaction = new Transaction();
  readonly #found: Finding[] = [];
  /** What has been said of the transaction that is enough to be said once. */
  readonly #told = new Set<Rule>();

  constructor(reading: Reading, catalog: Catalog) {
    this.#reading = reading;
    this.#catalog = catalog;
  }

  run(): Finding[] {
    const { migration, direction, acts, isShown } = this.#reading;
    const { statements } = sectionOf(migration.script, direction);
    for (const [position, statement] of statements.entries())
      this.#statement(statement, position, acts[position] ?? null);
    if (direction === 'up' && isShown)
      for (const rule of rules)
        for (const remark of rule.onFile?.(migration, ruleNames) ?? []) this.#tellOfFile(rule, remark);
    return merged(this.#found).toSorted((a, b) => a.line - b.line || a.column - b.column);
  }

  #statement(statement: Statement, position: number, acts: readonly Act[] | null): void {
    const { migration, isShown } = this.#reading;
    const scene: Scene = {
      migration,
      statement,
      isRead: acts !== null,
      inTransaction: migration.script.transaction || statement.parts > 1,
      catalog: this.#catalog,
      transaction: this.#transaction,
      sized: (table) => sized(table, this.#catalog),
      droppedLater: (table) =>
        this.#actsAfter(position).some(
          (act) => act.does === 'drop' && act.type === 'table' && isSame(act.name, table),
        ),
      madeLater: (name) => this.#isMadeAfter(position, name),
    };
    if (isShown)
      for (const rule of rules) this.#tell(rule, rule.onStatement?.(scene) ?? null, null, scene, position);
    for (const act of acts ?? []) {
      if (isShown)
        for (const rule of rules) this.#tell(rule, rule.onAct?.(act, scene) ?? null, act, scene, position);
      this.#transaction.learn(act, this.#catalog, statement.line);
      this.#catalog.learn(act);
    }
    if (migration.script.transaction || this.#transaction.isOpen) return;
    this.#transaction.end();
    this.#told.clear();
  }

  #actsAfter(position: number): readonly Act[] {
    return this.#reading.acts.slice(position).flatMap((acts) => acts ?? []);
  }

  #isMadeAfter(position: number, name: Name): boolean {
    return this.#actsAfter(position).some((act) => {
      if (act.does === 'rename')
        return act.type !== 'column' && act.to === name.name && act.from !== name.name;
      const made =
        act.does === 'create table'
          ? act.table
          : act.does === 'create view'
            ? act.view
            : act.does === 'create index'
              ? act.index
              : null;
      return made !== null && isSame(made, name);
    });
  }

  #tell(rule: Rule, remark: Remark | null, act: Act | null, { statement }: Scene, position: number): void {
    const severity = remark === null ? null : this.#severityOf(rule, remark);
    if (remark === null || severity === null || this.#told.has(rule)) return;
    if (rule.once === true) this.#told.add(rule);
    const { migration } = this.#reading;
    const { line, column } = placeIn(migration.text, statement, remark.at ?? act?.at ?? 0);
    const lock = remark.on === null || act === null ? null : lockOn(remark.on, locksOf(act, this.#catalog));
    this.#add(rule, severity, remark, {
      line,
      column,
      statement: position,
      table: remark.on === null ? null : written(remark.on),
      lock: lock === null ? null : { mode: lock.mode, blocks: blockedBy(lock.mode) },
    });
  }

  #tellOfFile(rule: Rule, remark: FileRemark): void {
    const where = { line: remark.line, column: 1, statement: null, table: null, lock: null };
    this.#add(rule, remark.severity ?? rule.severity, remark, where);
  }

  /** How bad it is of this table; null: it is no matter. */
  #severityOf(rule: Rule, { on, weight = 'anywhere', severity = rule.severity }: Remark): Severity | null {
    if (on === null) return severity;
    const standing = this.#catalog.standing(on);
    if (standing === 'fresh' || (standing === 'absent' && weight !== 'anywhere')) return null;
    if (standing === 'tiny' && weight !== 'anywhere') return null;
    return standing === 'large' && weight === 'grows' ? 'error' : severity;
  }

  #add(
    rule: Rule,
    severity: Severity,
    { message, instead, sql }: Pick<Remark, 'message' | 'instead' | 'sql'>,
    where: Pick<Finding, 'line' | 'column' | 'statement' | 'table' | 'lock'>,
  ): void {
    const { migration, direction } = this.#reading;
    const { secrets, settings } = migration.script;
    const hide = (text: string): string => redact(text, secrets);
    const allowance = settings.allowances.find((one) => one.rule === rule.name && one.reason !== '');
    this.#found.push({
      rule: rule.name,
      severity,
      version: migration.version,
      file: migration.file,
      direction,
      ...where,
      message: hide(message),
      instead: hide(instead),
      sql: sql === undefined ? null : hide(sql),
      docs: manual(rule.docs),
      table: where.table === null ? null : hide(where.table),
      allowed: allowance?.reason ?? null,
    });
  }
}

/** Of what is found several times in one statement, in one table, the first is told, with how often. */
function merged(found: readonly Finding[]): Finding[] {
  const groups = new Map<string, Finding[]>();
  for (const [index, one] of found.entries()) {
    const key =
      one.statement === null ? `${index}` : `${one.statement} ${one.rule} ${one.table} ${one.severity}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()].map(([first, ...more]) => {
    if (more.length === 0) return first!;
    const times = more.length === 1 ? 'once' : `${more.length} times`;
    return { ...first!, message: `${first!.message} The same holds ${times} more in this statement.` };
  });
}

/** The address of a page of PostgreSQL's manual. */
export function manual(page: string | null): string | null {
  return page === null ? null : `https://www.postgresql.org/docs/current/${page}`;
}
