// Goose files made at random: the same statements in a plain form that any goose runs, and in an odd one.
import { random } from './sql/random.ts';

export interface GeneratedFile {
  readonly name: string;
  /** In any layout that PostgreSQL understands; goose does not understand all of them. */
  readonly odd: string;
  /** Each statement in a block of its own. */
  readonly plain: string;
}

/** What the variables of generated files stand for: always `hello`. */
export const ENV = { HELLO: 'hello', HELLO_WORLD: 'hello world', EMPTY: '' };

type Random = ReturnType<typeof random>;

/** A statement and what undoes it. In both, `·` is where white space and comments may be, and `«hello»` a variable. */
interface Change {
  readonly up: string;
  readonly down: string | null;
  /** Whether goose and PostgreSQL want it alone in its message. */
  readonly alone?: boolean;
}

const LITERALS = [
  "'plain'",
  "'it''s; --'",
  "'a;\nb;'",
  "'-- no comment;\n/* none;\n'",
  "E'\\';'",
  "E'\\\\'",
  '$$;$$',
  '$x$ $$ ;\n $x$',
  "U&'\\0041;'",
  "'«hello»'",
  "'«hello»; «hello»'",
  "'größe;😀'",
  "''",
];

/** Files `1_g.sql` to `<count>_g.sql`, the same ones for the same seed. */
export function generateFiles(seed: number, count: number): GeneratedFile[] {
  const source = random(seed);
  return Array.from({ length: count }, (_, index) => generateFile(source, index + 1));
}

function generateFile(source: Random, number: number): GeneratedFile {
  const { below } = source;
  const apart = below(4) === 0;
  const table = `${apart ? 'apart' : 'one'}_${number}`;
  const changes = [
    createTable(table),
    ...Array.from({ length: 1 + below(4) + (apart ? 3 : 0) }, (_, k) => change(source, table, k, apart)),
  ];
  const up = changes.map(({ up: sql, alone = false }) => ({ sql, alone }));
  const down = changes
    .toReversed()
    .flatMap(({ down: sql, alone = false }) => (sql === null ? [] : [{ sql, alone }]));
  const hasDown = below(5) > 0;
  const layout = new Layout(source);
  return {
    name: `${number}_g.sql`,
    odd: layout.file(apart, up, hasDown ? down : below(2) === 0 ? [] : null),
    plain: plainFile(apart, up, hasDown ? down : null),
  };
}

const STRAYS = [
  '-- +goose Down',
  ' -- +goose Down',
  '-- +GOOSE DOWN',
  '-- +goose Up',
  '-- +goose StatementBegin',
  '-- +goose StatementEnd',
  '-- +goose ENVSUB ON',
  '-- +goose Dwon',
  '-- +goose',
  '-- +gander LOCK TIMEOUT',
  '-- goose Down',
  'SELECT 1',
  'SELECT 1;',
  'SELECT 1; SELECT 2; -- x',
  'SELECT 1--x;',
  ';',
  '--x;',
  '/*',
  '*/',
  "'",
  '"',
  '$$;',
  '(',
  ');',
  '\\d',
  'COMMIT;',
  'END;',
  ' \t',
  '',
];

/** The transactional ones of some files, each with a few lines lost, doubled, moved or strange; the same for the same seed. */
export function damageFiles(seed: number, files: readonly GeneratedFile[]): [name: string, text: string][] {
  const { below, pick } = random(seed);
  const whole = files.filter(({ odd }) => !/NO TRANSACTION/i.test(odd));
  return whole.map(({ name, odd }) => {
    const lines = odd.split('\n');
    for (let times = 1 + below(2); times > 0; times--) {
      const at = below(lines.length);
      const [line = ''] = lines.slice(at, at + 1);
      // Names stay whole: by the number in them it is known which file made what.
      const marks = [...line.matchAll(/[^\w\s]/g)].map(({ index }) => index);
      const cut = marks.length === 0 ? line.length : pick(marks);
      lines.splice(
        at,
        1,
        ...pick([
          [],
          [line, line],
          [line, pick(STRAYS)],
          [pick(STRAYS), line],
          [line.slice(0, cut), line.slice(cut)],
          [line.slice(0, cut) + line.slice(cut + 1)],
          [line.replaceAll(';', '')],
        ]),
      );
    }
    return [name, lines.join('\n')];
  });
}

interface Statement {
  readonly sql: string;
  readonly alone: boolean;
}

function plainFile(apart: boolean, up: readonly Statement[], down: readonly Statement[] | null): string {
  const section = (statements: readonly Statement[]): string =>
    statements.map(({ sql }) => `-- +goose StatementBegin\n${plain(sql)}\n-- +goose StatementEnd\n`).join('');
  const head = apart ? '-- +goose NO TRANSACTION\n' : '';
  return `${head}-- +goose Up\n${section(up)}${down === null ? '' : `-- +goose Down\n${section(down)}`}`;
}

function plain(sql: string): string {
  return sql.replaceAll('·', ' ').replaceAll('«hello»', 'hello');
}

function createTable(table: string): Change {
  return {
    up: `CREATE TABLE·${table}·(·id int·,·"odd; ""name"" --"·text DEFAULT 'it''s; --'·,·note text·)`,
    down: `DROP TABLE·${table}`,
  };
}

function change({ pick }: Random, table: string, k: number, apart: boolean): Change {
  const literal = pick(LITERALS);
  const changes: readonly Change[] = [
    { up: `INSERT INTO·${table}·(·id·,·note·)·VALUES·(·${k}·,·${literal}·)`, down: null },
    {
      up: `INSERT INTO ${table} (id, note)·SELECT ${k}, ${literal}·FROM·generate_series(1,·2)`,
      down: `DELETE FROM·${table}·WHERE·id = ${k}`,
    },
    { up: `COMMENT ON TABLE·${table}·IS·'${k}; «hello»'`, down: `COMMENT ON TABLE ${table} IS·NULL` },
    {
      up: `CREATE INDEX${apart ? ' CONCURRENTLY' : ''}·${table}_${k}·ON·${table}·(·id·)`,
      down: `DROP INDEX${apart ? ' CONCURRENTLY' : ''}·${table}_${k}`,
      alone: apart,
    },
    {
      up: `CREATE FUNCTION·${table}_${k}()·RETURNS int·AS·$$\nBEGIN\n  RETURN ${k}; -- one;\nEND;\n$$·LANGUAGE·plpgsql`,
      down: `DROP FUNCTION·${table}_${k}()`,
    },
    {
      up: `CREATE FUNCTION·${table}_${k}()·RETURNS int·BEGIN ATOMIC·SELECT 1;\n SELECT CASE WHEN true THEN ${k} END;\nEND`,
      down: `DROP FUNCTION·${table}_${k}()`,
    },
    { up: `CREATE VIEW·${table}_${k}·AS·SELECT id·FROM·${table}`, down: `DROP VIEW·${table}_${k}` },
    { up: 'DO·$do$ BEGIN PERFORM 1; END $do$', down: `DO·$$ BEGIN PERFORM 2; END $$` },
    {
      up: `CREATE RULE·r${k}·AS ON UPDATE TO·${table}·DO ALSO·(·SELECT 1·;·SELECT 2·)`,
      down: `DROP RULE·r${k}·ON·${table}`,
    },
    { up: `ALTER TABLE·${table}·ADD COLUMN·c${k}·int`, down: `ALTER TABLE·${table}·DROP COLUMN·c${k}` },
    { up: `UPDATE·${table}·SET note =·${literal}·WHERE·id = 0`, down: null },
  ];
  // Rows show what NO TRANSACTION commits together.
  return pick(apart ? [...changes, ...Array<Change>(20).fill(changes[0]!)] : changes);
}

const GAPS = [
  ' ',
  ' ',
  ' ',
  '\n',
  '\n  ',
  '\n\n',
  '\t',
  ' /* c */ ',
  '/**/',
  ' /* ; */ ',
  ' -- c\n',
  ' -- c;\n',
  '\n-- c;\n  ',
  '--c\n',
  ' /* /* ;*/ ; */ ',
];
const BREAKING_GAPS = ['--c;\n', ' /* c;\n*/ ', ' --c --d;\n'];
const BETWEEN = [
  '',
  '',
  '',
  '',
  '\n',
  '\n\n',
  '-- c;\n',
  "-- it's\n",
  '  -- c\n',
  '/* c */',
  '/* ; */ ',
  '  ',
  '\t\n',
  ';\n',
];
const BREAKING_BETWEEN = ['/* c;\n*/\n', '/* c; */\n'];
const ENDS = [
  ';\n',
  ';\n',
  ';\n',
  ';\n',
  ' ;\n',
  '\n;\n',
  ';;\n',
  '; -- c\n',
  ';  -- c;\n',
  '--c;\n',
  '-- c;\n',
  ';\t\n',
];
const JOINING_ENDS = [';--c\n', '; /* c */\n', '; ', ';', '; /* c\n*/ '];
const UPS = ['-- +goose Up', '--+goose up', '--\t+goose  UP', '-- +goose Up  ', '---- +goose Up'];
const DOWNS = ['-- +goose Down', '--+goose down', '-- \t+goose\tDOWN ', '-- Down +goose'];
const BEGINS = ['-- +goose StatementBegin', '--+goose statementbegin', '-- +goose STATEMENTBEGIN \t'];
const BLOCK_ENDS = ['-- +goose StatementEnd', '--+goose statementend', '-- +goose STATEMENTEND -- '];
const VARIABLES = [
  '${HELLO}',
  '$HELLO',
  '${UNSET:-hello}',
  '${EMPTY:-hello}',
  '${UNSET-hello}',
  '${HELLO_WORLD:0:5}',
  '${HELLO?}',
  '${HELLO_WORLD: -11:5}',
  '${UNSET:-$HELLO}',
];

/** Writes statements as somebody might. */
class Layout {
  readonly #random: Random;
  #envsub = false;
  #apart = false;

  constructor(source: Random) {
    this.#random = source;
  }

  file(apart: boolean, up: readonly Statement[], down: readonly Statement[] | null): string {
    const { below, pick } = this.#random;
    this.#envsub = below(4) === 0;
    this.#apart = apart;
    const annotations = [
      ...(apart ? [pick(['-- +goose NO TRANSACTION', '-- +goose no transaction'])] : []),
      ...(this.#envsub ? ['-- +goose ENVSUB ON'] : []),
    ];
    const head = [...pick([[], [''], ['-- head;'], [' \t', '-- +gander LOCK TIMEOUT 5s']]), ...annotations];
    const sections = [pick(UPS), this.#section(up)];
    if (down !== null) sections.push(pick(DOWNS), this.#section(down));
    return this.#lineEnds([...head, ...sections].join('\n').replaceAll(/\n+$/g, '\n'));
  }

  #section(statements: readonly Statement[]): string {
    const { below } = this.#random;
    let text = '';
    for (let at = 0; at < statements.length;) {
      const company = statements.slice(at, at + 1 + below(3));
      if (below(5) < 3 && company.every(({ alone }) => !alone)) {
        text += this.#block(company, text);
        at += company.length;
      } else {
        text += this.#alone(statements[at]!, statements[++at]);
      }
    }
    return text;
  }

  #alone({ sql, alone }: Statement, next: Statement | undefined): string {
    const { below, pick } = this.#random;
    const between = pick(below(30) === 0 ? BREAKING_BETWEEN : BETWEEN);
    const statement = between + this.#statement(sql);
    if (alone || next?.alone === true) return `${statement}\n;\n`;
    const often = this.#apart ? 3 : 6;
    if (below(next === undefined ? 20 : often) === 0) return statement + pick(JOINING_ENDS);
    // A word that begins with two dashes is where goose stops reading a line, also in a string.
    const hidesEnd = statement.slice(statement.lastIndexOf('\n')).includes('--');
    return statement + (hidesEnd ? '\n;\n' : pick(ENDS));
  }

  /** A line of its own, whatever is before it. */
  #block(statements: readonly Statement[], before: string): string {
    const { below, pick } = this.#random;
    const inside = statements.map(({ sql }, index) => {
      const isLast = index === statements.length - 1;
      return `${pick(BETWEEN)}${this.#statement(sql)}${isLast && below(2) === 0 ? '\n' : pick([';\n', '; ', ';--c\n', '\n;\n'])}`;
    });
    const start = before === '' || before.endsWith('\n') ? '' : '\n';
    return `${start}${pick(BEGINS)}\n${inside.join('').trimEnd()}\n${pick(BLOCK_ENDS)}\n`;
  }

  #statement(sql: string): string {
    const { pick } = this.#random;
    const escaped = this.#envsub ? sql.replaceAll('$', '$$$$') : sql;
    const filled = escaped.replaceAll('«hello»', () => (this.#envsub ? pick(VARIABLES) : 'hello'));
    const [first = '', ...rest] = filled.split('·');
    return first + rest.map((atom) => this.#gap(atom) + atom).join('');
  }

  /** A glued comment with a semicolon ends a statement before a key word: see the cases written by hand. */
  #gap(next: string): string {
    const { below, pick } = this.#random;
    const breaks = below(150) === 0 && !/^[A-Z]/.test(next);
    return pick(breaks ? BREAKING_GAPS : GAPS);
  }

  #lineEnds(text: string): string {
    const { below } = this.#random;
    const ended = below(5) === 0 ? text.trimEnd() : text;
    if (below(6) === 0) return ended.replaceAll('\n', '\r\n');
    return below(8) === 0 ? ended.replaceAll(/\n/g, () => (below(2) === 0 ? '\n' : '\r\n')) : ended;
  }
}
