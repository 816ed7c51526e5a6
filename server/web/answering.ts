import type { ErrorRequestHandler, Request, Response } from 'express';
import { GanderError, type State } from '../engine/index.ts';
import type { User } from '../store/users.ts';
import { type Band, bandOf } from './band.ts';
import { refusalOf } from './errors.ts';
import type { EventStreams } from './event-streams.ts';
import type { FormTokens } from './form-token.ts';
import { moment } from './format.ts';
import type { Reading } from './reading.ts';
import { type Frame, renderPage } from './render.ts';
import type { Services } from './services.ts';
import type { Answer } from './visit.ts';

/** A request that is being answered. */
export interface Exchange {
  readonly request: Request;
  readonly response: Response;
  readonly tokens: FormTokens;
  readonly streams: EventStreams;
  readonly user: User | null;
  readonly reading: Reading;
}

/** Turns what a page answers into a response. */
export async function send(exchange: Exchange, answer: Answer): Promise<void> {
  const { request, response, tokens, streams, user, reading } = exchange;
  if ('stream' in answer)
    return streams.answer({ request, response, is: { userId: user!.id, role: user!.role } }, answer.stream);
  response.setHeader('Cache-Control', 'no-store');
  if ('text' in answer) return void response.type('text').send(answer.text);
  if ('redirect' in answer) return response.redirect(303, answer.redirect);
  if ('json' in answer) return void response.status(answer.status ?? 200).json(answer.json);
  const { title, path = request.path, refresh = false, events = null, state } = answer;
  const band = user === null || state === null ? null : await readBand(reading.services, state);
  const frame = {
    ...FRAME,
    title,
    user,
    path,
    token: tokens.forPage(request, response),
    band,
    refresh,
    events,
    asOf: moment(reading.asOf()),
  };
  const html = await renderPage(answer.view, frame, answer.model);
  response
    .status(answer.status ?? 200)
    .type('html')
    .send(html);
}

const FRAME: Omit<Frame, 'title' | 'user' | 'path' | 'token'> = {
  band: null,
  refresh: false,
  events: null,
  asOf: null,
};

/** The band must not keep a page from being shown: what is wrong with the state, the page itself says. */
async function readBand({ migrator, database }: Services, known: State | undefined): Promise<Band | null> {
  return Promise.resolve(known ?? migrator.status()).then(
    (state) => bandOf(state, database),
    () => null,
  );
}

/** Visitors who are not signed in learn that something is away, not what the database said. */
const AWAY = {
  message: 'The database cannot be reached, or does not answer.',
  next: 'Try again in a moment.',
} as const;

/** Every error is answered with a page of its own, in words, or as JSON. */
export function answerError(services: Services, tokens: FormTokens): ErrorRequestHandler {
  return async (error, request, response, next) => {
    if (response.headersSent) return next(error);
    const user: User | null = response.locals['user'] ?? null;
    const token = user === null ? '' : tokens.forPage(request, response);
    const frame = { ...FRAME, user, path: request.path, token };
    response.setHeader('Cache-Control', 'no-store');
    if (isLockedPage(error, request)) {
      const html = await renderPage('busy', { ...frame, title: 'In a moment', refresh: true }, {});
      return void response.type('html').send(html);
    }
    const told = refusalOf(error);
    if (told.status >= 500) services.log(`${request.method} ${request.path}: ${traceOf(error)}`);
    const refusal = told.status >= 500 && user === null ? { ...told, ...AWAY } : told;
    response.status(refusal.status);
    if (refusal.status === 503) response.setHeader('Retry-After', '2');
    if (!request.accepts('html')) return void response.json({ error: refusal });
    const html = await renderPage('error', { ...frame, title: refusal.heading }, { refusal });
    response.type('html').send(html);
  };
}

/** What a page is made of is locked, and was never read before: the page comes by itself as soon as it can be made. */
function isLockedPage(error: unknown, request: Request): boolean {
  const isPage = ['GET', 'HEAD'].includes(request.method) && request.accepts('html') !== false;
  return isPage && error instanceof GanderError && error.code === 'busy';
}

/** For the log: an error of ours with its stack, what the engine says with its cause. */
function traceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name !== 'GanderError') return error.stack ?? error.message;
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}
