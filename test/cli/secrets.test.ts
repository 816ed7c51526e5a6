// A password must not be printed, whatever is wrong with the address that holds it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gander } from '../support/command.ts';
import { createDatabase } from '../support/database.ts';
import { goose, shop, writeMigrations } from '../support/migrations.ts';

const SECRET = 'hunter2';

test('no error repeats a password, in whatever form its address is written', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations(shop);
  const { hostname, port, username } = new URL(database.url);
  const addresses = [
    `postgres://${username}:${SECRET}@${hostname}:${port}/${database.name}`, // wrong
    `postgres://${username}:${SECRET}@${hostname}:1/x`, // nobody listens
    `postgres://u:${SECRET}@nowhere.invalid/x`,
    `postgres://u:${SECRET}@host:port/x`,
    `postgres://u:${SECRET}#@host/x`,
    `postgres://u:1/${SECRET}@host/x`,
    `postgres://u:1?${SECRET}@host/x`,
    `postgres://u:${SECRET}@host/x?service=y`,
    `mysql://u:${SECRET}@host/x`,
    SECRET,
    `host=${hostname} port=${port} user=${username} password=${SECRET} dbname=${database.name}`,
    `host=${hostname} port=${port} user=u password='${SECRET}`,
    `host=${hostname} port=x user=u password=${SECRET}`,
    `host=${hostname} port=${port} user=u password=a ${SECRET} dbname=x`,
    `host=${hostname} port=${port} passwort=${SECRET}`,
    `host=${hostname} port=${port} user=u password=${SECRET} passfile=${SECRET}`,
  ];
  const runs = addresses.flatMap((address) => [
    { args: ['status', '--database', address], env: {}, address },
    { args: ['up', '--json'], env: { GOOSE_DBSTRING: address }, address },
  ]);
  for (const { args, env, address } of runs) {
    const { code, out, err } = await gander(args, { env: { GANDER_MIGRATIONS: dir, ...env } });
    assert.ok(code === 2 || code === 5, `${address}: ${code} ${err}`);
    assert.ok(!`${out}${err}`.includes(SECRET), `${address}: ${out}${err}`);
    assert.match(err, /^gander: [^]+\n$/);
  }
});

test('a wrong password and a database that is not there end with 5, and say what to check', async (t) => {
  const database = await createDatabase(t);
  const url = new URL(database.url);
  url.password = SECRET;
  const dir = await writeMigrations(shop);
  for (const [address, next] of [
    [url.href, /the user name and the password/],
    [`${database.url}_gone`, /create the database/],
    ['postgres://127.0.0.1:1/x', /the host and the port/],
  ] as const) {
    const { code, err } = await gander(['status', '--database', address, '--dir', dir]);
    assert.equal(code, 5, err);
    assert.match(err, /^gander: The database cannot be reached: .+\n {2}→ Check .+\n$/);
    assert.match(err, next);
  }
});

test('values of ENVSUB stay out of what is printed, also with --verbose', async (t) => {
  const database = await createDatabase(t);
  const dir = await writeMigrations({
    '1_role.sql': goose(`-- +goose ENVSUB ON\nSELECT 'set \${TOKEN}';\nSELECT '\${TOKEN}'::int;`),
  });
  const env = { DATABASE_URL: database.url, GANDER_MIGRATIONS: dir, TOKEN: SECRET };
  for (const args of [['up', '-v'], ['plan'], ['plan', '--json'], ['status'], ['up', '--json']]) {
    const { out, err } = await gander(args, { env });
    assert.ok(!`${out}${err}`.includes(SECRET), `${args.join(' ')}: ${out}${err}`);
    assert.ok(`${out}${err}`.length > 20);
  }
});

test('what decides over the terminal is not passed on: names, SQL and messages are anybody’s', async (t) => {
  const database = await createDatabase(t);
  const hostile = `\u001B]0;title\u0007\u001B[2J\u009B1A\u202E`;
  const dir = await writeMigrations({
    [`1_a${hostile.replaceAll(/[/\0]/g, '')}.sql`]: goose('SELECT 1;'),
    '2_b.sql': goose(`DO $$ BEGIN RAISE NOTICE '${hostile}'; RAISE EXCEPTION '${hostile}'; END $$;`),
  });
  const env = { DATABASE_URL: database.url, GANDER_MIGRATIONS: dir };
  for (const args of [['up', '-v'], ['status'], ['plan'], ['validate', '-v']]) {
    const { out, err } = await gander(args, { env });
    assert.doesNotMatch(`${out}${err}`, /(?!\n)[\p{Cc}\u202E]/u, args.join(' '));
    assert.match(`${out}${err}`, /\uFFFD/);
  }
});
