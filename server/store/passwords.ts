import argon2 from 'argon2';

/** Argon2id with OWASP's minimum: 19 MiB, two passes, one lane; about 35 ms. */
const STRENGTH = { type: argon2.argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** libuv has four threads, and files and DNS want some of them. */
const AT_ONCE = 2;

export const PASSWORD_LENGTH = { min: 12, max: 128 } as const;

export async function hashPassword(password: string): Promise<string> {
  return inTurn(() => argon2.hash(password, STRENGTH));
}

/**
 * Checks a password; without a user (`stored` is null) it takes just as long, so that nobody can tell who has an account.
 *
 * @returns whether it fits, and a new hash where the stored one is weaker than today's
 */
export async function verifyPassword(
  stored: string | null,
  password: string,
): Promise<{ fits: boolean; rehashed: string | null }> {
  if (password.length > PASSWORD_LENGTH.max) return { fits: false, rehashed: null };
  const against = stored ?? (await decoy());
  const fits = await inTurn(() => argon2.verify(against, password));
  if (stored === null || !fits) return { fits: false, rehashed: null };
  return { fits, rehashed: argon2.needsRehash(stored, STRENGTH) ? await hashPassword(password) : null };
}

let decoyHash: Promise<string> | null = null;

function decoy(): Promise<string> {
  decoyHash ??= argon2.hash('nobody has this password', STRENGTH).catch((error: unknown) => {
    decoyHash = null;
    throw error;
  });
  return decoyHash;
}

/** More people than can be served are waiting for a password to be checked. */
export class TooBusy extends Error {
  constructor() {
    super('Too many people are signing in at once.');
  }
}

/** So many may wait; each costs the next one some 20 ms. */
const WAITING = 40;

let running = 0;
const queue: (() => void)[] = [];

/** Lets few hash at once; the others wait in line, and get the place of the one before. @throws TooBusy */
async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (queue.length >= WAITING) throw new TooBusy();
  if (running < AT_ONCE) running += 1;
  else await new Promise<void>((resolve) => void queue.push(resolve));
  try {
    return await work();
  } finally {
    const next = queue.shift();
    if (next === undefined) running -= 1;
    else next();
  }
}
