// How the value of each setting is read. Every function throws a sentence that says what is allowed, to go after the
// variable's name; the value itself, which may be a secret, is never in it.
import { readFileSync } from 'node:fs';

export function parsePort(value: string): number {
  const port = Number(value);
  if (/^\d+$/.test(value) && port <= 65_535) return port;
  throw new Error('must be a port: a number from 0 to 65535 (0: any free one)');
}

export function parseOnStart(value: string): 'check' | 'apply' {
  if (value === 'check' || value === 'apply') return value;
  throw new Error('must be check (show what is pending) or apply (run it before listening)');
}

export function parseSecret(value: string): string {
  if (value.length >= 32) return value;
  throw new Error('must have 32 characters or more; openssl rand -hex 32 makes one');
}

export function parsePublicUrl(value: string): URL {
  const url = URL.canParse(value) ? new URL(value) : null;
  const plain =
    url !== null && url.pathname === '/' && url.search === '' && url.hash === '' && url.username === '';
  if (plain && /^https?:$/.test(url.protocol)) return url;
  throw new Error('must be the address people use, like https://gander.example.com, without a path');
}

/** Trusting every proxy would let anyone name his own address, so `true` is not allowed. */
export function parseTrustProxy(value: string): false | number | string {
  if (value === 'false' || value === '0') return false;
  if (/^\d+$/.test(value)) return Number(value);
  if (/^[\da-f.:/, ]+$|^(loopback|linklocal|uniquelocal)(, ?(loopback|linklocal|uniquelocal))*$/i.test(value))
    return value;
  throw new Error(
    'must be how many proxies stand in front (1, 2, …), or their addresses (10.0.0.0/8, loopback)',
  );
}

export function parseEmail(value: string): string {
  if (/^[^\s@]+@[^\s@]+$/.test(value) && value.length <= 254) return value;
  throw new Error('must be an e-mail address');
}

export function parsePassword(value: string): string {
  if (value.length >= 12 && value.length <= 128) return value;
  throw new Error('must hold 12 to 128 characters');
}

export function readSecretFile(file: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    throw new Error(`names a file that cannot be read (${(error as NodeJS.ErrnoException).code})`, {
      cause: error,
    });
  }
}
