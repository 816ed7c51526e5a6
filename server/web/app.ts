import compression from 'compression';
import express, {
  type ErrorRequestHandler,
  type Express,
  type Request,
  type RequestHandler,
  type Response,
} from 'express';
import helmet from 'helmet';
import type { State } from '../engine/index.ts';
import type { SessionStore } from '../store/sessions.ts';
import type { Role, User } from '../store/users.ts';
import { serveAssets } from './assets.ts';
import { type Band, bandOf } from './band.ts';
import { refusalOf, WebError } from './errors.ts';
import { EventStreams } from './event-streams.ts';
import { refuseForgery, refuseOtherHosts } from './forgery.ts';
import { FormTokens } from './form-token.ts';
import { headers } from './headers.ts';
import { renderPage } from './render.ts';
import { type Route, routes } from './routes.ts';
import type { Services } from './services.ts';
import { sessions } from './session.ts';
import { type Answer, type Page, type SignedIn, type Visit, visitOf } from './visit.ts';

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
  readonly tokens: FormTokens;
  readonly streams: EventStreams;
}

/** The dashboard as an Express app. Nothing is open but what the route table opens. */
export function createApp(services: Services, options: AppOptions): Express {
  const { publicUrl, sessionSecret: secret, store } = options;
  const secure = publicUrl?.protocol === 'https:';
  const context: Context = {
    services,
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
    if (access === 'machine') app[method](path, answerMachine(page, services));
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
  app.use(answerError(context));
  return app;
}

function answerMachine(page: Page<Visit>, services: Services): RequestHandler {
  return async (request, response) => {
    const answer = await page(visitOf(request, null), services);
    if ('json' in answer) {
      response
        .setHeader('Cache-Control', 'no-store')
        .status(answer.status ?? 200)
        .json(answer.json);
    }
  };
}

function handle(
  route: Exclude<Route, { access: 'machine' }>,
  { services, tokens, streams }: Context,
): RequestHandler {
  return async (request, response) => {
    const user = await userOf(request, response, services);
    const exchange = { request, response, services, tokens, streams, user };
    if (route.access === 'anyone') return send(exchange, await route.page(visitOf(request, user), services));
    if (user === null) return askToSignIn(request, response, services);
    requireRole(user, route.access);
    const visit: SignedIn = { ...visitOf(request, user), user };
    await send(exchange, await route.page(visit, services));
  };
}

const RANK: Readonly<Record<Role, number>> = { viewer: 1, operator: 2, admin: 3 };

function requireRole({ role }: User, wanted: Role): void {
  if (RANK[role] >= RANK[wanted]) return;
  throw new WebError(403, `This needs the role ${wanted}, and yours is ${role}.`, {
    next: 'Ask an administrator for it.',
  });
}

/** Who is signed in; kept for the time of the answer, so that an error page need not ask a database that is away. */
async function userOf(request: Request, response: Response, { users }: Services): Promise<User | null> {
  const id = request.session?.userId;
  const user = id === undefined ? null : await users.find(id);
  response.locals['user'] = user;
  return user;
}

/** A page leads to the form, which leads back to it; anything else is told in words. */
async function askToSignIn(request: Request, response: Response, { users }: Services): Promise<void> {
  if (!['GET', 'HEAD'].includes(request.method) || !request.accepts('html')) {
    throw new WebError(401, 'Please sign in first.', { link: { label: 'Sign in', href: '/login' } });
  }
  const back = request.path === '/' ? '' : `?to=${encodeURIComponent(request.originalUrl.slice(0, 500))}`;
  response.redirect(303, (await users.exist()) ? `/login${back}` : '/setup');
}

interface Exchange extends Context {
  readonly request: Request;
  readonly response: Response;
  readonly user: User | null;
}

async function send(exchange: Exchange, answer: Answer): Promise<void> {
  const { request, response, services, tokens, streams, user } = exchange;
  if ('stream' in answer)
    return streams.answer({ request, response, is: { userId: user!.id, role: user!.role } }, answer.stream);
  response.setHeader('Cache-Control', 'no-store');
  if ('text' in answer) return void response.type('text').send(answer.text);
  if ('redirect' in answer) return response.redirect(303, answer.redirect);
  if ('json' in answer) return void response.status(answer.status ?? 200).json(answer.json);
  const { title, path = request.path, refresh = false, events = null, state } = answer;
  const band = user === null || state === null ? null : await readBand(services, state);
  const frame = { title, user, path, token: tokens.forPage(request, response), band, refresh, events };
  const html = await renderPage(answer.view, frame, answer.model);
  response
    .status(answer.status ?? 200)
    .type('html')
    .send(html);
}

/** The band must not keep a page from being shown: what is wrong with the state, the page itself says. */
async function readBand({ migrator, database }: Services, known: State | undefined): Promise<Band | null> {
  return Promise.resolve(known ?? migrator.status()).then(
    (state) => bandOf(state, database),
    () => null,
  );
}

function notFound({ services }: Context): RequestHandler {
  return async (request, response) => {
    if ((await userOf(request, response, services)) === null) return askToSignIn(request, response, services);
    throw new WebError(404, 'There is no such page.');
  };
}

/** Visitors who are not signed in learn that something is away, not what the database said. */
const AWAY = {
  message: 'The database cannot be reached, or does not answer.',
  next: 'Try again in a moment.',
} as const;

function answerError({ services, tokens }: Context): ErrorRequestHandler {
  return async (error, request, response, next) => {
    if (response.headersSent) return next(error);
    const user: User | null = response.locals['user'] ?? null;
    const told = refusalOf(error);
    if (told.status >= 500) services.log(`${request.method} ${request.path}: ${traceOf(error)}`);
    const refusal = told.status >= 500 && user === null ? { ...told, ...AWAY } : told;
    response.status(refusal.status).setHeader('Cache-Control', 'no-store');
    if (refusal.status === 503) response.setHeader('Retry-After', '2');
    if (!request.accepts('html')) return void response.json({ error: refusal });
    const token = user === null ? '' : tokens.forPage(request, response);
    const frame = {
      title: refusal.heading,
      user,
      path: request.path,
      token,
      band: null,
      refresh: false,
      events: null,
    };
    const html = await renderPage('error', frame, { refusal });
    response.type('html').send(html);
  };
}

/** For the log: an error of ours with its stack, what the engine says with its cause. */
function traceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name !== 'GanderError') return error.stack ?? error.message;
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}
