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
  const url = refuseUnreachableName(/^postgres(ql)?:\/\//.test(text) ? parseUrl(text) : fromKeywords(text));
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
  hostaddr: 'hostname',
  port: 'port',
  user: 'username',
  password: 'password',
  dbname: 'pathname',
  database: 'pathname',
};

/** What else node-postgres understands; any other keyword would be dropped without a word, and lead elsewhere. */
const PARAMETERS =
  /^(sslmode|sslcert|sslkey|sslrootcert|sslnegotiation|application_name|fallback_application_name|connect_timeout|options|client_encoding|keepalives)$/;

function fromKeywords(text: string): URL {
  const url = new URL('postgres://localhost');
  for (const [keyword, value] of keywords(text)) {
    const place = PLACES[keyword];
    if (place === undefined && !PARAMETERS.test(keyword))
      throw new DatabaseUrlError(`${keyword}= is not supported here`);
    const isSocket = place === 'hostname' && value.startsWith('/');
    if (place === undefined || isSocket) url.searchParams.set(isSocket ? 'host' : keyword, value);
    else put(url, place, keyword, value);
  }
  return url;
}

/** `URL` ignores what it cannot take, and would leave us with another host or port: so what it took is looked at. */
function put(url: URL, place: (typeof PLACES)[string], keyword: string, value: string): void {
  const literal = place === 'hostname' && value.includes(':') ? `[${value}]` : value;
  url[place] = place === 'hostname' || place === 'port' ? literal : encodeURIComponent(value);
  const ignored =
    place === 'hostname' ? url.hostname !== literal.toLowerCase() : place === 'port' && url.port !== value;
  if (ignored) throw new DatabaseUrlError(`its ${keyword} cannot be read`);
}

/** node-postgres decodes a database's name but for these, and would look for another one (pg-connection-string 2). */
function refuseUnreachableName(url: URL): URL {
  const name = decode(url.pathname.slice(1));
  if (name !== null && !/[/?#&%]/.test(name)) return url;
  throw new DatabaseUrlError('the name of the database holds one of / ? # & %, which cannot be passed on');
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
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
