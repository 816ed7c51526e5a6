import { isIP } from 'node:net';
import type { Request, RequestHandler } from 'express';
import { WebError } from './errors.ts';
import type { FormTokens } from './form-token.ts';

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses requests for a name that is not ours: a site whose name was made to lead to this address (DNS rebinding) would
 * count as us otherwise. An address in digits cannot be such a name.
 *
 * @param names the names people use, without port
 */
export function refuseOtherHosts(names: readonly string[]): RequestHandler {
  const known = new Set(['localhost', ...names]);
  return (request, _response, next) => {
    const host = request.hostname ?? '';
    if (known.has(host) || isIP(host.replace(/^\[|\]$/g, '')) !== 0) return next();
    throw new WebError(421, 'This dashboard is not known by that name.', {
      next: 'Set PUBLIC_URL to the address people use.',
    });
  };
}

/**
 * Refuses requests that another site made a browser send. A request that changes something must come from a page of
 * ours (`Sec-Fetch-Site` and `Origin`, of which browsers leave out one or the other) **and** carry its visitor's token.
 * The cookie's SameSite is the third layer.
 *
 * @param origin the address people use, where it is configured; else the request's own host counts
 */
export function refuseForgery(origin: string | null, tokens: FormTokens): RequestHandler {
  return (request, _response, next) => {
    if (SAFE.has(request.method)) return next();
    if (!isFromUs(request, origin))
      throw new WebError(403, 'This request came from another site, so nothing was done.');
    if (tokens.accepts(request, (request.body as Record<string, unknown> | undefined)?.['_token']))
      return next();
    if (request.session.userId === undefined && !isEntrance(request.path)) throw signedOut();
    throw new WebError(403, 'This form is not valid any more, so nothing was done.', {
      next: 'Go back, reload the page and send the form again. Cookies must be allowed for this site.',
    });
  };
}

function isFromUs(request: Request, origin: string | null): boolean {
  const site = request.get('sec-fetch-site');
  const from = request.get('origin');
  if (site !== undefined && site !== 'same-origin') return false;
  if (from === undefined) return site !== undefined;
  return from === (origin ?? `${request.protocol}://${request.get('host')}`);
}

/** Forms that one sends before signing in. */
function isEntrance(path: string): boolean {
  return path === '/session' || path === '/setup';
}

function signedOut(): WebError {
  return new WebError(401, 'You are signed out, so nothing was done.', {
    next: 'Sign in, and look at the plan again.',
    link: { label: 'Sign in', href: '/login' },
  });
}
