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
  passOnSettings(url.searchParams);
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

/** What `connect_timeout=5` asks for, in milliseconds; null where it does not say. @param address as `databaseUrl` gives it */
export function connectTimeout(address: string): number | null {
  const seconds = new URL(address).searchParams.get('connect_timeout') ?? '';
  return /^[1-9]\d{0,5}$/.test(seconds) ? Number(seconds) * 1_000 : null;
}

/** A `#`, `?` or `/` of a password that is not encoded ends what is taken for the host. */
function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isWhole =
    url !== null && url.hash === '' && ![...url.searchParams.keys()].some((key) => /[@/]/.test(key));
  if (isWhole) return url;
  throw new DatabaseUrlError(
    'it cannot be read as a URL (a special character in the password must be %-encoded)',
  );
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

/** What node-postgres understands besides. */
const PARAMETERS =
  /^(host|port|user|password|sslmode|sslcert|sslkey|sslrootcert|sslnegotiation|uselibpqcompat|application_name|fallback_application_name|connect_timeout|options|client_encoding|keepalives)$/;

/** What libpq understands and node-postgres does not: dropped without a word, it could lead elsewhere. */
const LIBPQ_ONLY =
  /^(service|servicefile|passfile|hostaddr|dbname|target_session_attrs|load_balance_hosts|channel_binding|gssencmode|gsslib|gssdelegation|krbsrvname|require_auth|requirepeer|replication|keepalives_\w+|tcp_user_timeout|ssl\w+|min_protocol_version|max_protocol_version|oauth_\w+|scram_\w+)$/;

/** What tunes pgx, goose's driver (pgx 5, ParseConfig): it means nothing here, and changes nothing in the database. */
const PGX_ONLY = /^(default_query_exec_mode|statement_cache_capacity|description_cache_capacity|pool_\w+)$/;

/** Whatever else is asked for is a setting of the session to goose (`search_path=app`), so it is one here too. */
function passOnSettings(parameters: URLSearchParams): void {
  const settings: string[] = [];
  for (const [name, value] of Array.from(parameters)) {
    if (PARAMETERS.test(name)) continue;
    if (LIBPQ_ONLY.test(name)) throw new DatabaseUrlError(`${name}= is not supported here`);
    if (!PGX_ONLY.test(name)) settings.push(`-c ${name}=${value.replaceAll(/[\\\s]/g, String.raw`\$&`)}`);
    parameters.delete(name);
  }
  if (settings.length === 0) return;
  parameters.set('options', [parameters.get('options') ?? '', ...settings].join(' ').trim());
}

function fromKeywords(text: string): URL {
  const url = new URL('postgres://localhost');
  for (const [keyword, value] of keywords(text)) {
    const place = PLACES[keyword];
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
  const pair = /\s*([A-Za-z_][\w.]*)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|((?:[^\s'\\]|\\.)*))(?=\s|$)/gy;
  const found = [...text.matchAll(pair)];
  const read = found.reduce((length, match) => length + match[0].length, 0);
  if (found.length === 0 || text.slice(read).trim() !== '') {
    throw new DatabaseUrlError(
      'it is neither postgres://user:password@host/database nor host=… user=… dbname=…',
    );
  }
  return found.map((match) => [match[1]!, (match[2] ?? match[3] ?? '').replaceAll(/\\(.)/g, '$1')]);
}
