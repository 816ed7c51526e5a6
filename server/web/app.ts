import compression from 'compression';
import express, { type Express, type Request, type RequestHandler, type Response } from 'express';
import helmet from 'helmet';
import type { SessionStore } from '../store/sessions.ts';
import type { Role, User } from '../store/users.ts';
import { answerError, send } from './answering.ts';
import { serveAssets } from './assets.ts';
import { WebError } from './errors.ts';
import { EventStreams } from './event-streams.ts';
import { refuseForgery, refuseOtherHosts } from './forgery.ts';
import { FormTokens } from './form-token.ts';
import { headers } from './headers.ts';
import { PageMemory, type Reading } from './reading.ts';
import { type Route, routes } from './routes.ts';
import type { Services } from './services.ts';
import { sessions } from './session.ts';
import { type Page, type SignedIn, type Visit, visitOf } from './visit.ts';

export interface AppOptions {
  readonly store: SessionStore;
  readonly sessionSecret: string;
  /** Where it listens: a name that people may use besides `localhost`, addresses and that of `publicUrl`. */
  readonly host: string;
  readonly publicUrl: URL | null;
  readonly trustProxy: false | number | string;
}

/** What every handler here needs. */
interface Context {
  readonly services: Services;
  readonly store: SessionStore;
  readonly memory: PageMemory;
  readonly tokens: FormTokens;
  readonly streams: EventStreams;
}

/** The dashboard as an Express app. Nothing is open but what the route table opens. */
export function createApp(services: Services, options: AppOptions): Express {
  const { publicUrl, sessionSecret: secret, store } = options;
  const secure = publicUrl?.protocol === 'https:';
  const context: Context = {
    services,
    store,
    memory: new PageMemory(services),
    tokens: new FormTokens(secret, secure),
    streams: new EventStreams((ids) => store.signedIn(ids), services.stopping),
  };
  const app = express();
  app.disable('x-powered-by');
  app.set('trust proxy', options.trustProxy);
  app.set('query parser', 'simple');
  app.use(helmet(headers(secure)));
  app.use(compression());
  for (const { method, path, access, page } of routes) {
    if (access === 'machine') app[method](path, answerMachine(page, context));
  }
  app.use(refuseOtherHosts([options.host, ...(publicUrl === null ? [] : [publicUrl.hostname])]));
  app.use('/assets', serveAssets());
  app.use(express.urlencoded({ extended: false, limit: '16kb', parameterLimit: 50 }));
  app.use(sessions({ store, secret, secure }));
  app.use(refuseForgery(publicUrl?.origin ?? null, context.tokens));
  for (const route of routes) {
    if (route.access !== 'machine') app[route.method](route.path, handle(route, context));
  }
  app.use(notFound(context));
  app.use(answerError(services, context.tokens));
  return app;
}

function answerMachine(page: Page<Visit>, { memory }: Context): RequestHandler {
  return async (request, response) => {
    const answer = await page(visitOf(request, null), memory.reading().services);
    if ('json' in answer) {
      response
        .setHeader('Cache-Control', 'no-store')
        .status(answer.status ?? 200)
        .json(answer.json);
    }
  };
}

function handle(route: Exclude<Route, { access: 'machine' }>, context: Context): RequestHandler {
  return async (request, response) => {
    const reading = readingFor(request, context);
    const { services } = reading;
    const user = await userOf(request, response, services, context);
    const exchange = { request, response, user, reading, ...context };
    if (route.access === 'anyone') return send(exchange, await route.page(visitOf(request, user), services));
    if (user === null) return askToSignIn(request, response, services);
    requireRole(user, route.access);
    const visit: SignedIn = { ...visitOf(request, user), user };
    await send(exchange, await route.page(visit, services));
  };
}

/** Only what is looked at may be what was read before: what changes something goes by what is true now. */
function readingFor(request: Request, { services, memory }: Context): Reading {
  return isReading(request) ? memory.reading() : { services, asOf: () => null };
}

function isReading({ method }: Request): boolean {
  return method === 'GET' || method === 'HEAD';
}

const RANK: Readonly<Record<Role, number>> = { viewer: 1, operator: 2, admin: 3 };

function requireRole({ role }: User, wanted: Role): void {
  if (RANK[role] >= RANK[wanted]) return;
  throw new WebError(403, `This needs the role ${wanted}, and yours is ${role}.`, {
    next: 'Ask an administrator for it.',
  });
}

/**
 * Who is signed in; kept for the time of the answer, so that an error page need not ask a database that is away. A session
 * may be one that was read before: whoever changes something has to have it now.
 */
async function userOf(
  request: Request,
  response: Response,
  { users }: Services,
  { store }: Context,
): Promise<User | null> {
  const id = request.session?.userId;
  const isStill = id !== undefined && (isReading(request) || (await store.isSignedIn(request.sessionID, id)));
  const user = isStill ? await users.find(id) : null;
  response.locals['user'] = user;
  return user;
}

/** A page leads to the form, which leads back to it; anything else is told in words. */
async function askToSignIn(request: Request, response: Response, { users }: Services): Promise<void> {
  if (!isReading(request) || !request.accepts('html')) {
    throw new WebError(401, 'Please sign in first.', { link: { label: 'Sign in', href: '/login' } });
  }
  const back = request.path === '/' ? '' : `?to=${encodeURIComponent(request.originalUrl.slice(0, 500))}`;
  response.redirect(303, (await users.exist()) ? `/login${back}` : '/setup');
}

function notFound(context: Context): RequestHandler {
  return async (request, response) => {
    const { services } = readingFor(request, context);
    const user = await userOf(request, response, services, context);
    if (user === null) return askToSignIn(request, response, services);
    throw new WebError(404, 'There is no such page.');
  };
}
