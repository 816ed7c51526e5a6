import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Request, Response } from 'express';

/**
 * The token that every form carries, so that no other site can send one. A session has one of its own, made at sign-in.
 * Before that (signing in, setting up) it is the signature of a cookie: nothing is kept for visitors who only look.
 */
export class FormTokens {
  readonly #secret: string;
  readonly #secure: boolean;

  constructor(secret: string, secure: boolean) {
    this.#secret = secret;
    this.#secure = secure;
  }

  /** The token for a page's forms. Gives visitors without a session the cookie that belongs to it. */
  forPage(request: Request, response: Response): string {
    const own = request.session?.formToken;
    if (own !== undefined) return own;
    const known = this.#nonce(request);
    const nonce = known ?? randomBytes(18).toString('base64url');
    if (known === null) {
      response.cookie(this.#name, nonce, {
        httpOnly: true,
        sameSite: 'strict',
        secure: this.#secure,
        path: '/',
      });
    }
    return this.#sign(nonce);
  }

  /** Whether a posted token is the one that this visitor's page had. */
  accepts(request: Request, token: unknown): boolean {
    const nonce = this.#nonce(request);
    const expected = request.session?.formToken ?? (nonce === null ? null : this.#sign(nonce));
    if (expected === null || typeof token !== 'string') return false;
    const [a, b] = [Buffer.from(token), Buffer.from(expected)];
    return a.length === b.length && timingSafeEqual(a, b);
  }

  get #name(): string {
    return this.#secure ? '__Host-gander-form' : 'gander-form';
  }

  #nonce(request: Request): string | null {
    const cookies = (request.headers.cookie ?? '').split(';').map((cookie) => cookie.trim().split('='));
    const value = cookies.find(([name]) => name === this.#name)?.[1] ?? '';
    return /^[\w-]{24}$/.test(value) ? value : null;
  }

  #sign(nonce: string): string {
    return createHmac('sha256', this.#secret).update(`form ${nonce}`).digest('base64url');
  }
}
