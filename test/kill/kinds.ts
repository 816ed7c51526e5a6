/** The kinds of migrations of which projects are made. `m` is the name of one, and in the name of all that it makes. */
import type { Act, Effect, Migration } from './project.ts';

type Kind = (m: string) => Omit<Migration, 'version'>;

/** Enough for an index to take some milliseconds, and for two rows of each `pair`. */
const ROWS = 4000;

function makes(fact: string, value = 'yes'): Effect {
  return { fact, before: null, after: value };
}

function indexed(m: string, sql: string, mend: readonly string[] = []): Act {
  return {
    sql,
    effects: [{ ...makes(`index ${m}`, 'valid'), half: 'invalid' }],
    down: `DROP INDEX CONCURRENTLY ${m}`,
    mend: [...mend, `DROP INDEX IF EXISTS ${m}`],
  };
}

/** Run twice, it leaves twice the rows. */
function tally(tag: string, rows = 3): Act {
  return {
    sql: `INSERT INTO tally SELECT '${tag}', i FROM generate_series(1, ${rows}) i`,
    effects: [makes(`tally ${tag}`, String(rows))],
    down: `DELETE FROM tally WHERE tag = '${tag}'`,
  };
}

/** Run twice, in either direction, it counts twice. */
function count(name: string): Act {
  return {
    sql: `UPDATE counters SET n = n + 1 WHERE name = '${name}'`,
    effects: [makes(`counter ${name}`, '1')],
    down: `UPDATE counters SET n = n - 1 WHERE name = '${name}'`,
  };
}

/** Something that takes a while and leaves nothing. */
function idle(sql: string): Act {
  return { sql, effects: [], down: sql };
}

/** What all others build upon: a place for each counter, and a table that is large enough to be worth an index. */
export function base(others: readonly Omit<Migration, 'version'>[]): Omit<Migration, 'version'> {
  const counters = others
    .flatMap(({ acts }) => acts.flatMap(({ effects }) => effects))
    .flatMap(({ fact }) => (fact.startsWith('counter ') ? [`('${fact.slice('counter '.length)}', 0)`] : []));
  return {
    name: 'base',
    transaction: true,
    acts: [
      {
        sql: 'CREATE TABLE tally (tag text NOT NULL, n int NOT NULL)',
        effects: [makes('table tally')],
        down: 'DROP TABLE tally',
      },
      {
        sql: 'CREATE TABLE counters (name text PRIMARY KEY, n int NOT NULL)',
        effects: [makes('table counters')],
        down: 'DROP TABLE counters',
      },
      {
        sql: `INSERT INTO counters VALUES ('none', 0)${counters.map((row) => `, ${row}`).join('')}`,
        effects: [],
        down: null,
      },
      {
        sql: `CREATE TABLE big AS SELECT i AS id, i % 97 AS x, i / 2 AS pair FROM generate_series(1, ${ROWS}) i`,
        effects: [makes('table big')],
        down: 'DROP TABLE big',
      },
    ],
  };
}

const table: Kind = (m) => ({
  name: 'table',
  transaction: true,
  acts: [
    {
      sql: `CREATE TABLE ${m} (id int PRIMARY KEY, word text)`,
      effects: [makes(`table ${m}`)],
      down: `DROP TABLE ${m}`,
    },
    {
      sql: `INSERT INTO ${m} SELECT i, 'word ' || i FROM generate_series(1, 500) i`,
      effects: [],
      down: null,
    },
    {
      sql: `CREATE INDEX ${m}_word ON ${m} (word)`,
      effects: [makes(`index ${m}_word`, 'valid')],
      down: null,
    },
  ],
});

const column: Kind = (m) => ({
  name: 'column',
  transaction: true,
  acts: [
    {
      sql: `ALTER TABLE big ADD COLUMN ${m} int`,
      effects: [makes(`column big.${m}`, 'integer')],
      down: `ALTER TABLE big DROP COLUMN ${m}`,
    },
    { sql: `UPDATE big SET ${m} = x WHERE id <= 500`, effects: [], down: null },
    tally(m),
  ],
});

const counting: Kind = (m) => ({
  name: 'counting',
  transaction: true,
  acts: [count(`${m}a`), idle('SELECT pg_sleep(0.01)'), count(`${m}b`), tally(m)],
});

const index: Kind = (m) => ({
  name: 'index',
  transaction: false,
  acts: [
    tally(m),
    indexed(`${m}_x`, `CREATE INDEX CONCURRENTLY ${m}_x ON big (x, id)`),
    idle('VACUUM big'),
    count(m),
  ],
});

const twoIndexes: Kind = (m) => ({
  name: 'two_indexes',
  transaction: false,
  acts: [
    indexed(`${m}_a`, `CREATE INDEX CONCURRENTLY ${m}_a ON big (x) WHERE x > 3`),
    indexed(`${m}_b`, `CREATE UNIQUE INDEX CONCURRENTLY ${m}_b ON big (id)`),
  ],
});

const labels: Kind = (m) => ({
  name: 'labels',
  transaction: false,
  acts: [
    { sql: `CREATE TYPE ${m} AS ENUM ('first')`, effects: [makes(`type ${m}`)], down: `DROP TYPE ${m}` },
    { sql: `ALTER TYPE ${m} ADD VALUE 'second'`, effects: [makes(`label ${m}.second`)], down: null },
    tally(m),
    {
      sql: `ALTER TYPE ${m} ADD VALUE 'zeroth' BEFORE 'first'`,
      effects: [makes(`label ${m}.zeroth`)],
      down: null,
    },
  ],
});

const counters: Kind = (m) => ({
  name: 'counters',
  transaction: false,
  acts: [count(`${m}a`), count(`${m}b`), idle('SELECT pg_sleep(0.005)'), tally(m, 7), count(`${m}c`)],
});

const constraint: Kind = (m) => ({
  name: 'constraint',
  transaction: false,
  acts: [
    {
      sql: `ALTER TABLE big ADD CONSTRAINT ${m} CHECK (id >= 0) NOT VALID`,
      effects: [makes(`constraint ${m}`)],
      down: `ALTER TABLE big DROP CONSTRAINT ${m}`,
    },
    tally(m),
    { sql: `ALTER TABLE big VALIDATE CONSTRAINT ${m}`, effects: [makes(`validated ${m}`)], down: null },
  ],
});

/** Several statements in one message: they take effect together or not at all. */
const block: Kind = (m) => ({
  name: 'block',
  transaction: false,
  acts: [
    count(`${m}a`),
    {
      sql: `UPDATE counters SET n = n + 1 WHERE name = '${m}b';\nSELECT pg_sleep(0.005);\nINSERT INTO tally VALUES ('${m}', 1);`,
      effects: [makes(`counter ${m}b`, '1'), makes(`tally ${m}`, '1')],
      down: `DELETE FROM tally WHERE tag = '${m}';\nUPDATE counters SET n = n - 1 WHERE name = '${m}b';`,
    },
  ],
});

export const kinds: readonly Kind[] = [
  table,
  column,
  counting,
  index,
  twoIndexes,
  labels,
  counters,
  constraint,
  block,
];

/** Fails when it is first run, because each pair is there twice, and leaves an invalid index. */
const duplicates: Kind = (m) => ({
  name: 'duplicates',
  transaction: false,
  acts: [
    count(`${m}a`),
    indexed(`${m}_pair`, `CREATE UNIQUE INDEX CONCURRENTLY ${m}_pair ON big (pair)`, [
      'DELETE FROM big a USING big b WHERE a.pair = b.pair AND a.id > b.id',
    ]),
    count(`${m}b`),
  ],
});

/** At most one of these is in a project, because it changes what all share. */
export const loneKinds: readonly Kind[] = [duplicates, counters, index];
