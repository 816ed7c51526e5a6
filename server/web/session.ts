import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import session, { type Store } from 'express-session';

declare module 'express-session' {
  interface SessionData {
    /** Who is signed in; absent before. */
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

/** Sessions last 12 hours from signing in. Nobody gets a cookie before there is a form to protect. */
export function sessions({ store, secret, secure }: SessionOptions): RequestHandler {
  return session({
    store,
    secret,
    name: secure ? '__Host-gander' : 'gander',
    resave: false,
    saveUninitialized: false,
    cookie: { httpOnly: true, sameSite: 'lax', secure, path: '/', maxAge: LIFE_MS },
  });
}

/** The token for this session's forms; made when the first form is shown. */
export function formToken(request: Request): string {
  request.session.formToken ??= randomBytes(24).toString('base64url');
  return request.session.formToken;
}

/** Whether a posted token is this session's. */
export function isFormToken(request: Request, token: unknown): boolean {
  const expected = request.session.formToken;
  if (expected === undefined || typeof token !== 'string') return false;
  const [a, b] = [Buffer.from(token), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
