import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Why the dashboard cannot start, in words for the one who starts it. */
export class StartError extends Error {}

/** Where to listen. Port 0: any free one. */
export interface Place {
  readonly host: string;
  readonly port: number;
}

/** What is being asked is answered within this time; then connections are cut, also those that say nothing. */
const LAST_ANSWERS_MS = 1_500;

/** Before a database is made for nothing. @throws StartError */
export async function requireFreePort(place: Place): Promise<void> {
  const probe = createServer();
  await listen(probe, place);
  await new Promise((resolve) => probe.close(resolve));
}

export function listen(server: Server, { host, port }: Place): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, host, port)));
    server.listen({ host, port }, () => {
      const { port: taken } = server.address() as AddressInfo;
      resolve(`http://${host.includes(':') ? `[${host}]` : host}:${taken}`);
    });
  });
}

function listenError({ code, message }: NodeJS.ErrnoException, host: string, port: number): StartError {
  if (code === 'EADDRINUSE') {
    return new StartError(
      `PORT ${port} is taken on ${host}. Stop what listens there, or set PORT to another one.`,
    );
  }
  if (code === 'EACCES')
    return new StartError(`PORT ${port} may not be used by this user. Set PORT to one above 1023.`);
  return new StartError(`HOST ${host} cannot be listened on: ${message}.`);
}

/** `close` alone waits for ever: for a browser's idle connection, and for one that never says what it wants. */
export async function closeServer(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
  const idle = setInterval(() => server.closeIdleConnections(), 100);
  const cut = setTimeout(() => server.closeAllConnections(), LAST_ANSWERS_MS);
  await closed;
  clearInterval(idle);
  clearTimeout(cut);
}
