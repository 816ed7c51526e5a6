/**
 * Generated projects: folders of migrations of which it is known, statement by statement, what each one leaves in the
 * database. The kinds of migrations are in kinds.ts.
 */
import type { random } from '../engine/sql/random.ts';
import { base, kinds, loneKinds } from './kinds.ts';

export type Random = ReturnType<typeof random>;

/** A fact of the database (see snapshot.ts) before and after a statement; null: there is no such thing. */
export interface Effect {
  readonly fact: string;
  readonly before: string | null;
  readonly after: string | null;
  /** What a statement that was cut short may leave, where PostgreSQL does not undo it as a whole. */
  readonly half?: string;
}

/** One statement of an Up. */
export interface Act {
  readonly sql: string;
  readonly effects: readonly Effect[];
  /** The statement of the Down that takes it back; null where another one's does. */
  readonly down: string | null;
  /** What a person does before it can be run again after it has failed or was left half done. */
  readonly mend?: readonly string[];
}

export interface Migration {
  readonly version: bigint;
  readonly name: string;
  readonly transaction: boolean;
  readonly acts: readonly Act[];
}

export interface Project {
  readonly table: 'schema_migrations' | 'goose_db_version';
  readonly migrations: readonly Migration[];
  readonly files: Readonly<Record<string, string>>;
}

/** A statement of an Up or a Down with what it changes. */
export type Change = Pick<Act, 'sql' | 'effects'>;

/** The statements of a section, in their order. */
export function changes({ acts }: Migration, direction: 'up' | 'down'): Change[] {
  if (direction === 'up') return [...acts];
  return acts
    .toReversed()
    .flatMap(({ down, effects }) => (down === null ? [] : [{ sql: down, effects: effects.map(reversed) }]));
}

function reversed({ before, after, ...rest }: Effect): Effect {
  return { ...rest, before: after, after: before };
}

/** A base that the others build upon, and some of each sort; never two that disturb each other. */
export function makeProject({ pick, below }: Random): Project {
  const chosen = [...Array.from({ length: 5 + below(3) }, () => pick(kinds)), pick(loneKinds)];
  const place = below(chosen.length);
  [chosen[place], chosen[chosen.length - 1]] = [chosen.at(-1)!, chosen[place]!];
  const others = chosen.map((kind, index): Migration => ({
    version: BigInt(index + 2),
    ...kind(`m${index + 2}`),
  }));
  const migrations = [{ version: 1n, ...base(others) }, ...others];
  const files = Object.fromEntries(migrations.map((one) => [`${one.version}_${one.name}.sql`, textOf(one)]));
  return { table: pick(['schema_migrations', 'goose_db_version']), migrations, files };
}

function textOf(migration: Migration): string {
  const section = (direction: 'up' | 'down'): string =>
    changes(migration, direction)
      .map(({ sql }) =>
        sql.includes(';') ? `-- +goose StatementBegin\n${sql}\n-- +goose StatementEnd` : `${sql};`,
      )
      .join('\n');
  const head = migration.transaction ? '' : '-- +goose NO TRANSACTION\n';
  return `${head}-- +goose Up\n${section('up')}\n\n-- +goose Down\n${section('down')}\n`;
}
