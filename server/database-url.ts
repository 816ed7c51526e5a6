/** Why a database's address cannot be read. The address itself, which may hold a password, is never in the message. */
export class DatabaseUrlError extends Error {}

/**
 * Brings a database's address into the form that node-postgres takes.
 *
 * Read are URLs (`postgres://user:password@host:5432/database?sslmode=require`) and libpq's keyword form
 * (`host=db1 user=app dbname=shop`), which goose's users have in GOOSE_DBSTRING. `sslmode` means what it means to libpq
 * and goose (PostgreSQL docs 32.19.3), not node-postgres' stricter reading of it.
 *
 * @throws DatabaseUrlError
 */
export function databaseUrl(address: string): string {
  const text = address.trim();
  const url = /^postgres(ql)?:\/\//.test(text) ? parseUrl(text) : fromKeywords(text);
  if (url.searchParams.has('sslmode') && !url.searchParams.has('uselibpqcompat')) {
    url.searchParams.set('uselibpqcompat', 'true');
  }
  return url.href;
}

/** `shop on db1:5433`, for people: never the user's password. */
export function describeDatabase(address: string): string {
  const url = new URL(address);
  const host = decodeURIComponent(url.hostname) || url.searchParams.get('host') || 'localhost';
  const port = url.port === '' || url.port === '5432' ? '' : `:${url.port}`;
  return `${decodeURIComponent(url.pathname.slice(1)) || url.username || 'postgres'} on ${host}${port}`;
}

function parseUrl(text: string): URL {
  try {
    return new URL(text);
  } catch {
    throw new DatabaseUrlError(
      'it cannot be read as a URL (a special character in the password must be %-encoded)',
    );
  }
}

/** What `new URL` has a place of its own for; every other keyword becomes a query parameter. */
const PLACES: Readonly<Record<string, 'hostname' | 'port' | 'username' | 'password' | 'pathname'>> = {
  host: 'hostname',
  port: 'port',
  user: 'username',
  password: 'password',
  dbname: 'pathname',
  database: 'pathname',
};

function fromKeywords(text: string): URL {
  const url = new URL('postgres://localhost');
  for (const [keyword, value] of keywords(text)) {
    const place = PLACES[keyword];
    const isSocket = place === 'hostname' && value.startsWith('/');
    if (place === undefined || isSocket) url.searchParams.set(keyword, value);
    else url[place] = place === 'port' || place === 'hostname' ? value : encodeURIComponent(value);
  }
  return url;
}

/** `key = value` pairs; a value in single quotes may hold spaces, and `\` escapes (PostgreSQL docs 32.1.1.1). */
function keywords(text: string): [string, string][] {
  const pair = /\s*([a-z_]+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|((?:[^\s'\\]|\\.)*))(?=\s|$)/gy;
  const found = [...text.matchAll(pair)];
  const read = found.reduce((length, match) => length + match[0].length, 0);
  if (found.length === 0 || text.slice(read).trim() !== '') {
    throw new DatabaseUrlError(
      'it is neither postgres://user:password@host/database nor host=… user=… dbname=…',
    );
  }
  return found.map((match) => [match[1]!, (match[2] ?? match[3] ?? '').replaceAll(/\\(.)/g, '$1')]);
}
