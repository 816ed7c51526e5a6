import type { Request, RequestHandler } from 'express';
import { WebError } from './errors.ts';
import { isFormToken } from './session.ts';

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses requests that another site made a browser send. A request that changes something must come from a page of
 * ours (`Sec-Fetch-Site`, or `Origin` where the browser does not send it over plain http) **and** carry its session's
 * token. The cookie's SameSite=Lax is the third layer.
 *
 * @param origin the address people use, where it is configured; else the request's own host counts
 */
export function refuseForgery(origin: string | null): RequestHandler {
  return (request, _response, next) => {
    if (SAFE.has(request.method)) return next();
    if (!isFromUs(request, origin))
      throw new WebError(403, 'This request came from another site, so nothing was done.');
    if (!isFormToken(request, (request.body as Record<string, unknown> | undefined)?.['_token'])) {
      throw new WebError(403, 'This form is not valid any more, so nothing was done.', {
        next: 'Go back, reload the page and send the form again. If it happens again, sign in anew.',
      });
    }
    next();
  };
}

function isFromUs(request: Request, origin: string | null): boolean {
  const site = request.get('sec-fetch-site');
  if (site !== undefined) return site === 'same-origin';
  return request.get('origin') === (origin ?? `${request.protocol}://${request.get('host')}`);
}
