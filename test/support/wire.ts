/** A wire to the server that can be cut: a TCP proxy that sees what passes, and knows nothing of it. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';

export interface Wire {
  /** The database's address through the wire. */
  readonly url: string;
  /** From now on nobody new gets through, until `open`. */
  close(): void;
  open(): void;
}

/** One connection that passes. */
export interface Line {
  /** What the client sent last and so far: for whoever looks for a line by what is said on it. */
  readonly said: string;
  /** Ends it for both sides at once. */
  cut(): void;
  /** Ends it for the client only: the server notices when it has something to say. */
  desert(): void;
}

export interface Listener {
  /** @returns what is to be passed on to the server; all of it by default */
  readonly toServer?: (data: Buffer, line: Line) => Buffer | undefined;
  /** @returns what is to be passed on to the client; all of it by default */
  readonly toClient?: (data: Buffer, line: Line) => Buffer | undefined;
}

/** Opens a wire to the database at `url`; it goes when the test ends. */
export async function openWire(t: TestContext, url: string, listener: Listener = {}): Promise<Wire> {
  const sockets = new Set<Socket>();
  const target = new URL(url);
  let isOpen = true;
  const server = createServer((client) => {
    if (!isOpen) {
      client.destroy();
      return;
    }
    const upstream = connect(Number(target.port), target.hostname);
    for (const socket of [client, upstream])
      sockets.add(socket.on('error', () => {}).on('close', () => sockets.delete(socket)));
    join(client, upstream, listener);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const through = new URL(url);
  through.port = String((server.address() as { port: number }).port);
  return { url: through.href, close: () => (isOpen = false), open: () => (isOpen = true) };
}

function join(client: Socket, upstream: Socket, { toServer, toClient }: Listener): void {
  let said = '';
  let deserted = false;
  const line: Line = {
    get said() {
      return said;
    },
    cut: () => {
      client.destroy();
      upstream.destroy();
    },
    desert: () => {
      deserted = true;
      client.destroy();
    },
  };
  client.on('data', (data: Buffer) => {
    said = (said + data.toString('latin1')).slice(-100_000);
    const passed = toServer?.(data, line) ?? data;
    if (!upstream.destroyed) upstream.write(passed);
  });
  upstream.on('data', (data: Buffer) => {
    if (deserted) {
      upstream.destroy();
      return;
    }
    const passed = toClient?.(data, line) ?? data;
    if (!client.destroyed) client.write(passed);
  });
  client.on('close', () => deserted || upstream.destroy());
  upstream.on('close', () => client.destroy());
}
