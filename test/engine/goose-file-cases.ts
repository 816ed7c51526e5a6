// Files that are hard to read, with what goose 3.27.3 and Gander make of them.

export const ENV = { FOO: 'foo', EMPTY: '', QUOTED: "it''s; --", MADE_OF: 'made_of_env', ACUTE: 'é' };

export type Text = string | Buffer;

const block = (sql: string): string => `-- +goose StatementBegin\n${sql}\n-- +goose StatementEnd`;
const up = (sql: string): string => `-- +goose Up\n${sql}\n`;
const apart = (sql: string): string => `-- +goose NO TRANSACTION\n${up(sql)}`;
const envsub = (sql: string): string => `-- +goose ENVSUB ON\n${up(sql)}`;

const BODY = 'CREATE FUNCTION f() RETURNS int AS $$\nBEGIN\n  RETURN 1; -- one;\nEND;\n$$ LANGUAGE plpgsql';

/** Both run them, to the same effect, forth and back. */
export const SAME: readonly [title: string, text: Text][] = [
  [
    'annotations in every form that goose takes',
    `\n-- a head;\n\n--+goose up\t \nCREATE TABLE a ();\n-- \t+goose   DOWN\n---- +goose STATEMENTBEGIN --\nDROP TABLE a\n\u{a0}-- +goose statementend\n`,
  ],
  [
    'an annotation whose word comes first',
    '-- Up +goose\nCREATE TABLE a ();\n-- Down +goose\nDROP TABLE a;\n',
  ],
  [
    'Windows line ends, which also a string keeps as mere line feeds',
    up(
      "CREATE TABLE a (b text);\nINSERT INTO a VALUES ('x\ny\r');\n-- +goose Down\nDROP TABLE a;",
    ).replaceAll('\n', '\r\n'),
  ],
  ['no line end at the end', '-- +goose Up\nCREATE TABLE a ();\n-- +goose Down\nDROP TABLE a;'],
  ['an empty Up', '-- +goose Up\n'],
  ['an Up of comments and semicolons', up('-- CREATE TABLE a ();\n;\n/* x */ ;\n')],
  [
    'comments wherever they may be',
    up('-- a;\nCREATE -- b;\nTABLE /* c; */ a -- d;\n( /* e\n*/ ) -- f;\n; -- g\n-- h;'),
  ],
  [
    'several statements in a line',
    up('CREATE TABLE a (); CREATE TABLE b ();\n-- +goose Down\nDROP TABLE b; DROP TABLE a;'),
  ],
  [
    'a semicolon on a line of its own, and several of them',
    up('CREATE TABLE a ()\n;\n;;\nCREATE TABLE b ();;'),
  ],
  [
    'a block with several statements, without a semicolon at its end',
    up(block('CREATE TABLE a ();\nCREATE TABLE b ()')),
  ],
  ['a body in a block', up(`${block(`${BODY};`)}\n-- +goose Down\nDROP FUNCTION f();`)],
  ['a body on one line', up("DO $$ BEGIN EXECUTE 'CREATE TABLE a ()'; END $$;")],
  ['a block that begins in the middle of a statement', up(`CREATE TABLE a\n${block('(id int);')}`)],
  ['a block in Down only', up(`CREATE TABLE a ();\n-- +goose Down\n${block('DROP TABLE a;')}`)],
  [
    'empty blocks at the end of a section',
    up(`CREATE TABLE a ();\n${block('')}\n-- +goose Down\n${block('-- none')}\n${block('DROP TABLE a')}`),
  ],
  ['lines of nothing but white space', up(' \t\nCREATE TABLE a ();\n  \n\u{a0}\n\t;\n')],
  [
    'a no-break space round a statement',
    up('\u{a0}CREATE TABLE a ();\u{a0}\n\u{a0}\u{3000}CREATE TABLE b ();'),
  ],
  [
    'comments that are glued to a word and end with a semicolon',
    up('CREATE TABLE a ()--x;\nCREATE TABLE b ()-- y;\n-- +goose Down\nDROP TABLE a, b--z;'),
  ],
  ['a glued comment that keeps two statements together', up('CREATE TABLE a ();--x\nCREATE TABLE b ();')],
  [
    'NO TRANSACTION below everything else',
    up(
      'CREATE TABLE a ();\nCREATE INDEX CONCURRENTLY i ON a ((1));\n-- +goose Down\nDROP TABLE a;\n-- +goose no transaction',
    ),
  ],
  ['NO TRANSACTION inside of a body', up(block('DO $$ BEGIN\n-- +goose NO TRANSACTION\nEND $$;'))],
  ['transaction control in a file without a transaction', apart(block('BEGIN; CREATE TABLE a (); COMMIT;'))],
  ['a savepoint', up('SAVEPOINT s;\nCREATE TABLE a ();\nROLLBACK TO s;\nCREATE TABLE b ();')],
  ['a file without a Down: rolled back, its tables stay', up('CREATE TABLE a ();')],
  ['a Down of comments', up('CREATE TABLE a ();\n-- +goose Down\n-- nothing;\n\n')],
  [
    'strings, quoted names and dollar quotes with everything in them',
    up(
      `CREATE TABLE "a;--" (b text);\nINSERT INTO "a;--" VALUES ('it''s; --'), (E'\\';'), ($x$ ; $$ ; $x$), (U&'\\0041;'), ('/*') ;`,
    ),
  ],
  [
    'values of the environment',
    envsub(
      `CREATE TABLE \${MADE_OF} (b text);\nINSERT INTO $MADE_OF VALUES ('\${FOO}'), ('\${NONE}'), ('\${NONE:-x}'), ('\${EMPTY:-y}'), ('\${EMPTY-z}'), ('\${FOO:1:1}'), ('$$FOO'), ('\\$FOO'), ('\${QUOTED}');\n-- +goose Down\nDROP TABLE \${MADE_OF?};`,
    ),
  ],
  [
    'a value that is a whole statement with its end',
    envsub(`CREATE TABLE a (b text);\nINSERT INTO a VALUES ('\${QUOTED}') \${NONE:-; SELECT 1;}`),
  ],
  [
    'ENVSUB on and off, in a block too',
    up(
      `CREATE TABLE a (b text);\n${block("INSERT INTO a VALUES ('$FOO');\n-- +goose ENVSUB ON\nINSERT INTO a VALUES ('$FOO');")}\n-- +goose ENVSUB OFF\nINSERT INTO a VALUES ('$FOO');`,
    ),
  ],
  ['a dollar in a comment that is dropped, with ENVSUB on', envsub('-- costs 5$!\nCREATE TABLE a ();')],
  ['a dollar body with ENVSUB on', envsub(block('DO $$$$ BEGIN CREATE TABLE a (); END $$$$;'))],
  ['the version that is largest of all', up('CREATE TABLE a ();')],
];

/** Neither runs any of it. */
export const REFUSED: readonly [title: string, text: Text, why: RegExp][] = [
  ['an unknown annotation', up('CREATE TABLE a ();\n-- +goose Dwon\nDROP TABLE a;'), /not an annotation/i],
  ['words after an annotation', '-- +goose Up now\nCREATE TABLE a ();\n', /not an annotation/i],
  [
    'spaces before an annotation',
    up('CREATE TABLE a ();\n -- +goose Down\nDROP TABLE a;'),
    /White space before/,
  ],
  [
    'a tab before an annotation',
    up('CREATE TABLE a ();\n\t-- +goose Down\nDROP TABLE a;'),
    /White space before/,
  ],
  ['two annotations in a line', '-- +goose Up +goose Down\nCREATE TABLE a ();\n', /More than one/],
  ['SQL before Up', 'CREATE TABLE a ();\n-- +goose Up\n', /SQL before/],
  ['no Up', 'CREATE TABLE a ();\n', /SQL before/],
  ['an empty file', '', /has no `-- \+goose Up`/],
  ['Up twice', up('-- +goose Up\nCREATE TABLE a ();'), /A second Up/],
  ['Down before Up', `-- +goose Down\n${up('CREATE TABLE a ();')}`, /Down comes before Up/],
  ['Down twice', up('CREATE TABLE a ();\n-- +goose Down\n-- +goose Down\n'), /A second Down/],
  ['a block in a block', up(block(block('CREATE TABLE a ();'))), /inside the block/],
  ['a block without an end', up('-- +goose StatementBegin\nCREATE TABLE a ();'), /has no end/],
  ['an end without a block', up('CREATE TABLE a ();\n-- +goose StatementEnd'), /without StatementBegin/],
  [
    'a last statement without a semicolon',
    up('CREATE TABLE a ();\nCREATE TABLE b ()'),
    /does not end before/,
  ],
  ['a last statement whose semicolon is in a comment', up('CREATE TABLE a () -- ;'), /does not end before/],
  ['a last statement that Down cuts off', up('CREATE TABLE a ()\n-- +goose Down\n;'), /does not end before/],
  ['a Down in a string', up("CREATE TABLE a (b text DEFAULT '\n-- +goose Down\n');"), /string .* not closed/],
  [
    'a required variable that is not set',
    envsub('CREATE TABLE ${NONE?must be there} ();'),
    /NONE is not set: must be there/,
  ],
  ['a variable without its brace', envsub('CREATE TABLE ${FOO ();'), /must|comes|brace/],
  [
    'an offset that cuts a character of a value in two',
    envsub("CREATE TABLE a (b text DEFAULT '${ACUTE:1}');"),
    /cuts a character of the value in two/,
  ],
  ['a dollar before no name, with ENVSUB on', envsub("CREATE TABLE a (b text DEFAULT '$1');"), /no name/],
  [
    'a file that is not UTF-8, in a statement',
    Buffer.from(up("CREATE TABLE a (b text DEFAULT '\xe9');"), 'latin1'),
    /not UTF-8/,
  ],
  ['a NUL byte in a statement', up("CREATE TABLE a (b text DEFAULT '\0');"), /NUL byte/],
  ['a command of psql', up('\\echo hello\nCREATE TABLE a ();'), /a command of psql/],
  ['data for COPY', up('CREATE TABLE a (b int);\nCOPY a FROM stdin;\n1\n\\.\n'), /COPY … FROM stdin/],
  [
    'a concurrent index in a transaction',
    up('CREATE TABLE a (b int);\nCREATE INDEX CONCURRENTLY i ON a (b);'),
    /inside a transaction/,
  ],
  [
    'VACUUM in a block with another statement',
    apart(block('VACUUM;\nCREATE TABLE a ();')),
    /has to be sent alone/,
  ],
  ['an error of syntax', up('CREATE TABLE a ();\nCREATE TABEL b ();'), /syntax error at or near "TABEL"/],
  [
    'a failing statement after a good one: none of it stays',
    up('CREATE TABLE a ();\nSELECT 1/0;'),
    /division by zero/,
  ],
];

/** goose runs them; Gander refuses, and this is why. */
export const REFUSED_BY_GANDER: readonly [title: string, text: Text, says: RegExp, why: string][] = [
  [
    'a Down that is not in lower case',
    up('CREATE TABLE a ();\n-- +GOOSE DOWN\nDROP TABLE a;'),
    /goose takes .* for a comment/,
    'goose runs the Down as a part of Up, and so drops what it has just made',
  ],
  [
    'a Down that does not end',
    up('CREATE TABLE a ();\n-- +goose Down\nDROP TABLE a'),
    /does not end before/,
    'goose finds out when it is too late: it can never roll the migration back',
  ],
  [
    'bytes that are not UTF-8 in a comment',
    Buffer.from(up('-- caf\xe9\nCREATE TABLE a ();'), 'latin1'),
    /not UTF-8/,
    'the text of a migration is stored and shown; what it says must be certain',
  ],
  [
    'a NUL byte in a comment',
    up('-- \0\nCREATE TABLE a ();'),
    /NUL byte/,
    'PostgreSQL cannot store such a text',
  ],
  [
    'ROLLBACK in a transaction',
    up('CREATE TABLE a ();\nROLLBACK;\nCREATE TABLE b ();'),
    /ROLLBACK takes the transaction/,
    'goose undoes the first half, commits the second by itself, and calls it a success or a failure',
  ],
  [
    'a line that goose swallows after an empty block, and that is no SQL',
    up(`CREATE TABLE a ();\n${block('')}\n\\echo hello`),
    /a command of psql/,
    'Gander runs what is written, and this cannot be run',
  ],
];

/** goose refuses or fails; Gander runs them, as goose would run the other text. */
export const RUN_BY_GANDER: readonly [title: string, text: Text, likeGoose: string, warns: boolean][] = [
  ['a byte order mark', `\u{feff}${up('CREATE TABLE a ();')}`, up('CREATE TABLE a ();'), false],
  ['a body without a block', up(`${BODY};`), up(block(BODY)), true],
  [
    'a body of SQL without a block',
    up('CREATE FUNCTION f() RETURNS int\nBEGIN ATOMIC\n SELECT 1;\n SELECT 2;\nEND;'),
    up(block('CREATE FUNCTION f() RETURNS int\nBEGIN ATOMIC\n SELECT 1;\n SELECT 2;\nEND')),
    true,
  ],
  [
    'a rule of two statements without a block',
    up('CREATE TABLE a (b int);\nCREATE RULE r AS ON UPDATE TO a DO ALSO (\nSELECT 1;\nSELECT 2;\n);'),
    up(
      `CREATE TABLE a (b int);\n${block('CREATE RULE r AS ON UPDATE TO a DO ALSO (\nSELECT 1;\nSELECT 2;\n)')}`,
    ),
    true,
  ],
  [
    'a string with a line that ends with a semicolon',
    up("CREATE TABLE a (b text);\nINSERT INTO a VALUES ('x;\ny');"),
    up(`CREATE TABLE a (b text);\n${block("INSERT INTO a VALUES ('x;\ny')")}`),
    true,
  ],
  [
    'a block comment with a line that ends with a semicolon',
    up('/* x;\n*/ CREATE TABLE a ();'),
    up('CREATE TABLE a ();'),
    true,
  ],
  ['a comment after the last semicolon', up('CREATE TABLE a (); /* x */'), up('CREATE TABLE a ();'), true],
  [
    'a comment of its own after the last statement',
    up('CREATE TABLE a ();\n/* x */'),
    up('CREATE TABLE a ();'),
    true,
  ],
  [
    'a glued comment in the middle of a statement',
    up('CREATE TABLE a (b int)--x;\nWITH (fillfactor = 50);'),
    up('CREATE TABLE a (b int)\nWITH (fillfactor = 50);'),
    true,
  ],
  [
    'a line of more than 4 MiB',
    up(`CREATE TABLE a (); -- ${'x'.repeat(4 * 1024 * 1024)}`),
    up('CREATE TABLE a ();'),
    true,
  ],
  [
    'the dump of a database, which takes the search_path away from goose',
    up("SELECT pg_catalog.set_config('search_path', '', false);\nCREATE TABLE public.a ();"),
    up('CREATE TABLE a ();'),
    false,
  ],
];

/** Rows that a NO TRANSACTION file writes to the table `log`; `1+2 3` means that the first two were committed together. */
export const COMMITTED: readonly [title: string, sql: string, groups: string][] = [
  [
    'lines',
    'INSERT INTO log VALUES (1);\nINSERT INTO log VALUES (2); -- x\nINSERT INTO log VALUES (3);',
    '1 2 3',
  ],
  [
    'a line of two',
    'INSERT INTO log VALUES (1); INSERT INTO log VALUES (2);\nINSERT INTO log VALUES (3);',
    '1+2 3',
  ],
  [
    'a block',
    `INSERT INTO log VALUES (1);\n${block('INSERT INTO log VALUES (2);\nINSERT INTO log VALUES (3);')}`,
    '1 2+3',
  ],
  [
    'lines that a comment joins for goose',
    'INSERT INTO log VALUES (1);--x\nINSERT INTO log VALUES (2); /* y */\nINSERT INTO log VALUES (3);',
    '1+2+3',
  ],
  ['lines that only comments end', 'INSERT INTO log VALUES (1)--x;\nINSERT INTO log VALUES (2)--y;', '1 2'],
  [
    'a block with a transaction of its own in it',
    block('INSERT INTO log VALUES (1); COMMIT; INSERT INTO log VALUES (2); INSERT INTO log VALUES (3);'),
    '1 2+3',
  ],
];
