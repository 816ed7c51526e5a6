import { createHash } from 'node:crypto';
import session, { type SessionData } from 'express-session';
import { ask, type Pool } from '../engine/index.ts';
import { LastAnswers } from './last-answers.ts';
import type { Role } from './users.ts';

/** Whose session it is. */
export interface SignedInAs {
  readonly userId: string;
  readonly role: Role;
}

/** So long a session is remembered that cannot be read. */
const REMEMBERED_MS = 15 * 60_000;

/**
 * express-session's store on `gander.sessions`. The table holds a hash of the cookie's value: who reads the table
 * cannot sign in with it.
 */
export class SessionStore extends session.Store {
  readonly #pool: Pool;
  readonly #last = new LastAnswers(1_000);

  constructor(pool: Pool) {
    super();
    this.#pool = pool;
  }

  override get(id: string, done: (error: unknown, data?: SessionData | null) => void): void {
    answer(this.#readOrRemember(id), done);
  }

  override set(id: string, data: SessionData, done: (error?: unknown) => void = () => {}): void {
    this.#last.forget(id);
    answer(this.#write(id, data), done);
  }

  override destroy(id: string, done: (error?: unknown) => void = () => {}): void {
    this.#last.forget(id);
    answer(this.#delete(id), done);
  }

  /** Who is signed in with these sessions now, by their ids; those that are over, or whose user may not come in any more, are left out. */
  async signedIn(ids: readonly string[]): Promise<Map<string, SignedInAs>> {
    const byHash = new Map(ids.map((id) => [hash(id).toString('hex'), id]));
    const rows = await ask<{ hash: string; userId: string; role: Role }>(this.#pool, SIGNED_IN, [
      [...byHash.keys()],
    ]);
    return new Map(rows.map(({ hash: hashed, userId, role }) => [byHash.get(hashed)!, { userId, role }]));
  }

  /** Whether a session is one of this user now: a session that is given by `get` may be one that was read before. */
  async isSignedIn(id: string, userId: string): Promise<boolean> {
    return (await this.signedIn([id])).get(id)?.userId === userId;
  }

  /** Who reads pages need not be signed out while a migration has locked the table: his session is remembered. */
  async #readOrRemember(id: string): Promise<SessionData | null> {
    const { value, asOf } = await this.#last.ask(id, () => this.#read(id));
    if (asOf === null) return value;
    const expires = value?.cookie.expires ?? null;
    const isOver = expires !== null && new Date(expires).getTime() < Date.now();
    return isOver || Date.now() - asOf.getTime() > REMEMBERED_MS ? null : value;
  }

  async #read(id: string): Promise<SessionData | null> {
    const [row] = await ask<{ data: SessionData }>(
      this.#pool,
      'SELECT data FROM gander.sessions WHERE id_hash = $1 AND expires_at > clock_timestamp()',
      [hash(id)],
    );
    return row?.data ?? null;
  }

  /** Also clears away what has expired: there is always somebody who signs in. */
  async #write(id: string, data: SessionData): Promise<void> {
    await ask(
      this.#pool,
      `WITH expired AS (DELETE FROM gander.sessions WHERE expires_at < clock_timestamp() AND id_hash <> $1)
       INSERT INTO gander.sessions (id_hash, user_id, data, expires_at) VALUES ($1, $2, $3, $4)
       ON CONFLICT (id_hash) DO UPDATE SET user_id = excluded.user_id, data = excluded.data`,
      [hash(id), data.userId ?? null, JSON.stringify(data), data.cookie.expires ?? null],
    );
  }

  async #delete(id: string): Promise<void> {
    await ask(this.#pool, 'DELETE FROM gander.sessions WHERE id_hash = $1', [hash(id)]);
  }
}

const SIGNED_IN = `
  SELECT encode(s.id_hash, 'hex') AS hash, u.id::text AS "userId", u.role
  FROM unnest($1::text[]) wanted
  JOIN gander.sessions s ON s.id_hash = decode(wanted, 'hex') AND s.expires_at > clock_timestamp()
  JOIN gander.users u ON u.id = s.user_id AND u.disabled_at IS NULL`;

function hash(id: string): Buffer {
  return createHash('sha256').update(id).digest();
}

/** A promise's end as a callback; what the callback throws is not taken for the promise's failure. */
function answer<T>(promise: Promise<T>, done: (error?: unknown, value?: T) => void): void {
  promise.then(
    (value) => setImmediate(done, null, value),
    (error: unknown) => setImmediate(done, error),
  );
}
