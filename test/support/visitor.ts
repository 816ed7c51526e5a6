import type { TestDashboard } from './dashboard.ts';

/** The first administrator of a test's dashboard. */
export const ADMIN = { email: 'ada@example.com', password: 'correct horse battery' } as const;

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/** Somebody with a cookie jar but without a browser: for what a browser would never send. */
export class Visitor {
  readonly #address: string;
  readonly #cookies = new Map<string, string>();

  constructor({ address }: Pick<TestDashboard, 'address'>) {
    this.#address = address;
  }

  /** All cookies, as a browser sends them. */
  get cookie(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  /** The value of the session's cookie; `''` before signing in. */
  get session(): string {
    return this.#cookies.get('gander') ?? '';
  }

  async get(path: string, headers: Record<string, string> = { accept: 'text/html' }): Promise<Reply> {
    return this.#send('GET', path, headers, null);
  }

  /** Posts a form as our own page would: from our origin, with the token of the page at `from`. */
  async post(path: string, fields: Record<string, string>, from: string): Promise<Reply> {
    const token = /name="_token" value="([^"]+)"/.exec((await this.get(from)).body)?.[1] ?? '';
    return this.send(path, { _token: token, ...fields }, { origin: this.#address });
  }

  /** Posts exactly this. */
  async send(path: string, fields: Record<string, string>, headers: Record<string, string>): Promise<Reply> {
    const type = { 'content-type': 'application/x-www-form-urlencoded', accept: 'text/html' };
    return this.#send('POST', path, { ...type, ...headers }, new URLSearchParams(fields).toString());
  }

  async signIn(): Promise<this> {
    const { status } = await this.post(
      '/session',
      { email: ADMIN.email, password: ADMIN.password },
      '/login',
    );
    if (status !== 303) throw new Error(`Signing in was answered with ${status}.`);
    return this;
  }

  async #send(
    method: string,
    path: string,
    headers: Record<string, string>,
    body: string | null,
  ): Promise<Reply> {
    const response = await fetch(this.#address + path, {
      method,
      body,
      redirect: 'manual',
      headers: { ...headers, ...(this.#cookies.size === 0 ? {} : { cookie: this.cookie }) },
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [name, value] = cookie.split(';')[0]!.split('=') as [string, string];
      this.#cookies.set(name, value);
    }
    return { status: response.status, headers: response.headers, body: await response.text() };
  }
}
