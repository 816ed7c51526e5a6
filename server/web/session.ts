import { randomBytes } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import session, { type Store } from 'express-session';

declare module 'express-session' {
  interface SessionData {
    /** Who is signed in. */
    userId: string;
    /** What every form of this session carries. */
    formToken: string;
  }
}

const LIFE_MS = 12 * 60 * 60_000;

export interface SessionOptions {
  readonly store: Store;
  readonly secret: string;
  /** Whether people come over https: then the cookie is theirs alone (`__Host-`, Secure). */
  readonly secure: boolean;
}

/** Sessions last 12 hours from signing in. Before that there is none, and reading a page never writes one. */
export function sessions({ store, secret, secure }: SessionOptions): RequestHandler {
  return session({
    store,
    secret,
    name: cookieName(secure),
    resave: false,
    saveUninitialized: false,
    cookie: { httpOnly: true, sameSite: 'lax', secure, path: '/', maxAge: LIFE_MS },
  });
}

export function cookieName(secure: boolean): string {
  return secure ? '__Host-gander' : 'gander';
}

/** A new session at sign-in: an id that somebody planted before is worth nothing. */
export function signIn(request: Request, userId: string): Promise<void> {
  return new Promise((done, fail) => {
    request.session.regenerate((error) => {
      if (error) return fail(error as Error);
      request.session.userId = userId;
      request.session.formToken = randomBytes(24).toString('base64url');
      request.session.save((problem) => (problem ? fail(problem as Error) : done()));
    });
  });
}

export function signOut(request: Request): Promise<void> {
  return new Promise((done, fail) =>
    request.session.destroy((error) => (error ? fail(error as Error) : done())),
  );
}
