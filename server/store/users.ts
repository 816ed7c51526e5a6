import { ask, type Pool } from '../engine/index.ts';

export type Role = 'viewer' | 'operator' | 'admin';

export interface User {
  readonly id: string;
  readonly email: string;
  readonly role: Role;
}

/** People who may use the dashboard. E-mail addresses are the same in any case. */
export class Users {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** Whether anybody can sign in: until then the set-up page is open. */
  async exist(): Promise<boolean> {
    const [row] = await ask<{ some: boolean }>(
      this.#pool,
      'SELECT EXISTS (SELECT FROM gander.users) AS some',
    );
    return row!.some;
  }

  /** A user who may come in; null when there is none of this id, or not any more. */
  async find(id: string): Promise<User | null> {
    const [user] = await ask<User>(
      this.#pool,
      'SELECT id::text, email, role FROM gander.users WHERE id = $1 AND disabled_at IS NULL',
      [id],
    );
    return user ?? null;
  }

  /** A user with the hash of his password, for signing in; null when there is none of this address. */
  async findByEmail(email: string): Promise<(User & { passwordHash: string }) | null> {
    const [user] = await ask<User & { passwordHash: string }>(
      this.#pool,
      `SELECT id::text, email, role, password_hash AS "passwordHash" FROM gander.users
       WHERE lower(email) = lower($1) AND disabled_at IS NULL`,
      [email],
    );
    return user ?? null;
  }

  /** Replaces the hash of a password, after the hashing has become stronger. */
  async setPasswordHash(id: string, passwordHash: string): Promise<void> {
    await ask(this.#pool, 'UPDATE gander.users SET password_hash = $2 WHERE id = $1', [id, passwordHash]);
  }

  /**
   * Makes the first administrator, if there is nobody yet and `code`, where one is asked for, is one that was printed.
   * Two at once: one succeeds.
   *
   * @param codeHash null: no code is needed (the address comes from the settings)
   * @returns the user; null when somebody was there already or the code is none
   */
  async createFirst(email: string, passwordHash: string, codeHash: Buffer | null): Promise<User | null> {
    const [user] = await ask<User>(this.#pool, CREATE_FIRST, [email, passwordHash, codeHash]);
    return user ?? null;
  }

  /** Whether a code is one that was printed and may still be used. */
  async isSetupCode(codeHash: Buffer): Promise<boolean> {
    const [row] = await ask<{ known: boolean }>(
      this.#pool,
      `SELECT EXISTS (SELECT FROM gander.setup_codes WHERE code_hash = $1 AND created_at > now() - ${CODE_LIFE}) AS known`,
      [codeHash],
    );
    return row!.known;
  }

  /** Keeps a code for the first administrator. */
  async addSetupCode(codeHash: Buffer): Promise<void> {
    await ask(
      this.#pool,
      `WITH old AS (DELETE FROM gander.setup_codes WHERE created_at < now() - ${CODE_LIFE})
       INSERT INTO gander.setup_codes (code_hash) VALUES ($1)`,
      [codeHash],
    );
  }
}

const CODE_LIFE = `interval '24 hours'`;

/** Using a code up takes all of them away; of two people at once, the second finds them gone. */
const CREATE_FIRST = `
  WITH used AS (
    DELETE FROM gander.setup_codes WHERE EXISTS (
      SELECT FROM gander.setup_codes WHERE code_hash = $3 AND created_at > now() - ${CODE_LIFE})
    RETURNING code_hash
  )
  INSERT INTO gander.users (email, role, password_hash)
  SELECT $1, 'admin', $2
  WHERE NOT EXISTS (SELECT FROM gander.users) AND ($3::bytea IS NULL OR EXISTS (SELECT FROM used WHERE code_hash = $3))
  ON CONFLICT DO NOTHING
  RETURNING id::text, email, role`;
