import compression from 'compression';
import express, {
  type ErrorRequestHandler,
  type Express,
  type Request,
  type RequestHandler,
  type Response,
} from 'express';
import type { Store } from 'express-session';
import helmet from 'helmet';
import type { State } from '../engine/index.ts';
import type { Role, User } from '../store/users.ts';
import { serveAssets } from './assets.ts';
import { type Band, bandOf } from './band.ts';
import { refusalOf, WebError } from './errors.ts';
import { refuseForgery } from './forgery.ts';
import { renderPage } from './render.ts';
import { type Route, routes } from './routes.ts';
import type { Services } from './services.ts';
import { formToken, sessions } from './session.ts';
import { type Answer, type Page, type SignedIn, type Visit, visitOf } from './visit.ts';

export interface AppOptions {
  readonly store: Store;
  readonly sessionSecret: string;
  readonly publicUrl: URL | null;
  readonly trustProxy: false | number | string;
}

/** The dashboard as an Express app. Nothing is open but what the route table opens. */
export function createApp(services: Services, options: AppOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('trust proxy', options.trustProxy);
  app.set('query parser', 'simple');
  app.use(helmet(headers(options.publicUrl)));
  app.use(compression());
  app.use('/assets', serveAssets());
  for (const { method, path, access, page } of routes) {
    if (access === 'machine') app[method](path, answerMachine(page, services));
  }
  app.use(express.urlencoded({ extended: false, limit: '16kb', parameterLimit: 50 }));
  const secure = options.publicUrl?.protocol === 'https:';
  app.use(sessions({ store: options.store, secret: options.sessionSecret, secure }));
  app.use(refuseForgery(options.publicUrl?.origin ?? null));
  for (const route of routes) {
    if (route.access !== 'machine') app[route.method](route.path, handle(route, services));
  }
  app.use(notFound(services));
  app.use(answerError(services));
  return app;
}

/** The strictest policy that the pages can live with: no inline script, no inline style, nothing from elsewhere. */
function headers(publicUrl: URL | null): Parameters<typeof helmet>[0] {
  const https = publicUrl?.protocol === 'https:';
  const self = ["'self'"];
  return {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: self,
        styleSrc: self,
        imgSrc: self,
        fontSrc: self,
        connectSrc: self,
        formAction: self,
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
      },
    },
    // `no-referrer` would make browsers send `Origin: null` with our own forms.
    referrerPolicy: { policy: 'same-origin' },
    strictTransportSecurity: https ? { maxAge: 31_536_000, includeSubDomains: false } : false,
    xFrameOptions: { action: 'deny' },
  };
}

function answerMachine(page: Page<Visit>, services: Services): RequestHandler {
  return async (request, response) => {
    const answer = await page(visitOf(request, null), services);
    if ('json' in answer)
      response
        .setHeader('Cache-Control', 'no-store')
        .status(answer.status ?? 200)
        .json(answer.json);
  };
}

function handle(route: Exclude<Route, { access: 'machine' }>, services: Services): RequestHandler {
  return async (request, response) => {
    const user = await userOf(request, services);
    if (route.access === 'anyone') {
      const answer = await route.page(visitOf(request, user), services);
      return send({ request, response, services, user }, answer);
    }
    if (user === null) return askToSignIn(request, response, services);
    requireRole(user, route.access);
    const visit: SignedIn = { ...visitOf(request, user), user };
    await send({ request, response, services, user }, await route.page(visit, services));
  };
}

const RANK: Readonly<Record<Role, number>> = { viewer: 1, operator: 2, admin: 3 };

function requireRole({ role }: User, wanted: Role): void {
  if (RANK[role] >= RANK[wanted]) return;
  throw new WebError(403, `This needs the role ${wanted}, and yours is ${role}.`, {
    next: 'Ask an administrator for it.',
  });
}

async function userOf(request: Request, { users }: Services): Promise<User | null> {
  const id = request.session.userId;
  return id === undefined ? null : users.find(id);
}

/** A page leads to the form; anything else is told in words. */
async function askToSignIn(request: Request, response: Response, { users }: Services): Promise<void> {
  if (request.method !== 'GET' || !request.accepts('html')) {
    throw new WebError(401, 'Please sign in first.', { next: 'Go to /login.' });
  }
  response.redirect(303, (await users.exist()) ? '/login' : '/setup');
}

interface Exchange {
  readonly request: Request;
  readonly response: Response;
  readonly services: Services;
  readonly user: User | null;
}

async function send({ request, response, services, user }: Exchange, answer: Answer): Promise<void> {
  response.setHeader('Cache-Control', 'no-store');
  if ('redirect' in answer) return response.redirect(303, answer.redirect);
  if ('json' in answer) return void response.status(answer.status ?? 200).json(answer.json);
  const band = user === null ? null : await readBand(services, answer.state);
  const { title, path = request.path, refresh = false } = answer;
  const frame = { title, user, path, token: formToken(request), band, refresh };
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

function notFound(services: Services): RequestHandler {
  return async (request, response) => {
    if ((await userOf(request, services)) === null) return askToSignIn(request, response, services);
    throw new WebError(404, 'There is no such page.', { next: 'The list of migrations is at /.' });
  };
}

function answerError(services: Services): ErrorRequestHandler {
  return async (error, request, response, next) => {
    if (response.headersSent) return next(error);
    const { unexpected, ...refusal } = refusalOf(error);
    if (unexpected)
      services.log(
        `${request.method} ${request.path}: ${error instanceof Error ? error.stack : String(error)}`,
      );
    response.status(refusal.status).setHeader('Cache-Control', 'no-store');
    if (!request.accepts('html')) return void response.json({ error: refusal });
    const user = request.session === undefined ? null : await userOf(request, services).catch(() => null);
    const token = user === null ? '' : formToken(request);
    const frame = { title: refusal.heading, user, path: request.path, token, band: null, refresh: false };
    const html = await renderPage('error', frame, { refusal });
    response.type('html').send(html);
  };
}
