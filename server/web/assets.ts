import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import express, { type RequestHandler } from 'express';
import { packageRoot } from '../package-root.ts';

const folder = path.join(packageRoot, 'public');
const YEAR_MS = 365 * 24 * 60 * 60_000;

/** Where a file of `public/` is served: its address carries its content's hash, so it may be kept for ever. */
export const assets: Readonly<Record<string, string>> = Object.fromEntries(
  readdirSync(folder).map((name) => [name, `/assets/${hash(name)}/${name}`]),
);

function hash(name: string): string {
  return createHash('sha256')
    .update(readFileSync(path.join(folder, name)))
    .digest('hex')
    .slice(0, 10);
}

/** Serves `public/` under `/assets/HASH/`; an old hash still gives today's file, but does not let it be kept. */
export function serveAssets(): RequestHandler {
  const files = express.static(folder, {
    index: false,
    redirect: false,
    cacheControl: false,
    fallthrough: false,
  });
  return (request, response, next) => {
    const [, hashed, name] = /^\/([\da-f]{10})\/([\w.-]+)$/.exec(request.path) ?? [];
    const current = name !== undefined && assets[name] === `/assets/${hashed}/${name}`;
    response.setHeader(
      'Cache-Control',
      current ? `public, max-age=${YEAR_MS / 1_000}, immutable` : 'no-cache',
    );
    request.url = `/${name ?? ''}`;
    files(request, response, next);
  };
}
