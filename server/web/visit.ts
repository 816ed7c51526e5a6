import type { Request } from 'express';
import type { State } from '../engine/index.ts';
import type { User } from '../store/users.ts';
import type { Services } from './services.ts';
import { signIn, signOut } from './session.ts';

/** A request as the pages see it: no Express in it, every value one string. */
export interface Visit {
  readonly user: User | null;
  readonly params: Readonly<Record<string, string>>;
  /** The first value where one was given several times. */
  readonly query: (name: string) => string | undefined;
  /** A field of the posted form, trimmed and without NULs, which PostgreSQL refuses; `''` when it is not there. */
  readonly field: (name: string) => string;
  /** A field exactly as typed: passwords. */
  readonly secret: (name: string) => string;
  readonly signIn: (user: User) => Promise<void>;
  readonly signOut: () => Promise<void>;
}

/** A user of a route that only people who are signed in can call. */
export interface SignedIn extends Visit {
  readonly user: User;
}

/** The other end of a stream. */
export interface EventStream {
  /** What the visitor has heard last, where his connection was lost; null when he comes anew. */
  readonly lastId: string | null;
  readonly send: (event: ServerEvent) => void;
  readonly end: () => void;
}

/** One event; the same object sent to many is made into bytes once. */
export interface ServerEvent {
  readonly type: string;
  readonly id: string;
  readonly data: object;
}

/** What a page answers. The model's fields are the template's variables. */
export type Answer =
  | {
      readonly view: string;
      readonly title: string;
      readonly model: object;
      readonly status?: number;
      /** Which page it is, where another one answers a form. Default: the request's path. */
      readonly path?: string;
      /** The state that the page was made of, for the band. Absent: it is read anew; null: it cannot be read. */
      readonly state?: State | null;
      /** Whether the page reloads itself while what it shows is going on. Default: no. */
      readonly refresh?: boolean;
      /** Where what changes is told meanwhile, to browsers with scripts. */
      readonly events?: string;
    }
  | { readonly redirect: string }
  /** A stream of events: sends from now on, until what it returns is called. */
  | { readonly stream: (stream: EventStream) => () => void }
  | { readonly text: string }
  | { readonly json: object; readonly status?: number };

export type Page<V extends Visit = SignedIn> = (visit: V, services: Services) => Promise<Answer>;

/** Turns a request into a visit. */
export function visitOf(request: Request, user: User | null): Visit {
  const form: Record<string, unknown> = request.body ?? {};
  return {
    user,
    params: request.params as Record<string, string>,
    query: (name) => first(request.query[name]),
    field: (name) => (first(form[name]) ?? '').replaceAll('\0', '').trim(),
    secret: (name) => first(form[name]) ?? '',
    signIn: (signedIn) => signIn(request, signedIn.id),
    signOut: () => signOut(request),
  };
}

function first(value: unknown): string | undefined {
  const one: unknown = Array.isArray(value) ? value[0] : value;
  return typeof one === 'string' ? one : undefined;
}
