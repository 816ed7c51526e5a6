/**
 * A pooler as PgBouncer is one: clients are lent a connection to the server for one transaction (or for their whole
 * session), and are told the number of a process that is not the server's.
 */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { Client } from 'pg';

export interface PoolerOptions {
  readonly mode: 'transaction' | 'session';
  /** How many connections to the server there are at most. */
  readonly size: number;
  /** Whom the next client gets: the connection that was used last (PgBouncer's default), or the one that has rested longest. */
  readonly order: 'newest first' | 'round robin';
}

/** Starts a pooler before the database at `url`; it goes when the test ends. @returns the database's address through it */
export async function startPooler(t: TestContext, url: string, options: PoolerOptions): Promise<string> {
  const servers = new Servers(url, options);
  const clients = new Set<Socket>();
  const listener = createServer((socket) => {
    clients.add(socket.on('error', () => {}));
    serve(socket, servers, options.mode);
  });
  await once(listener.listen(0, '127.0.0.1'), 'listening');
  t.after(() => {
    listener.close();
    for (const socket of clients) socket.destroy();
    servers.end();
  });
  const through = new URL(url);
  through.port = String((listener.address() as { port: number }).port);
  return through.href;
}

/** The connections to the server, idle ones and lent ones. */
class Servers {
  readonly #url: string;
  readonly #options: PoolerOptions;
  readonly #idle: Server[] = [];
  readonly #waiting: ((server: Server) => void)[] = [];
  readonly #all = new Set<Client>();

  constructor(url: string, options: PoolerOptions) {
    this.#url = url;
    this.#options = options;
  }

  async borrow(): Promise<Server> {
    const room = this.#all.size < this.#options.size;
    // All of them are in use before one is used again, so that sessions mix as they do under load.
    const idle = room && this.#options.order === 'round robin' ? undefined : this.#take();
    if (idle !== undefined) return idle;
    if (room) return this.#open();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  giveBack(server: Server): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#idle.push(server);
    else next(server);
  }

  /** One that was left in the middle of something is of no use to anybody. */
  drop({ client, stream }: Server): void {
    this.#all.delete(client);
    stream.destroy();
    const next = this.#waiting.shift();
    if (next !== undefined) void this.#openFor(next);
  }

  async #openFor(next: (server: Server) => void): Promise<void> {
    next(await this.#open());
  }

  end(): void {
    for (const client of this.#all) client.end().catch(() => {});
  }

  #take(): Server | undefined {
    return this.#options.order === 'round robin' ? this.#idle.shift() : this.#idle.pop();
  }

  /** pg signs in; from then on its socket is ours. */
  async #open(): Promise<Server> {
    const client = new Client({ connectionString: this.#url });
    client.on('error', () => {});
    this.#all.add(client);
    await client.connect();
    const { stream } = (client as unknown as { connection: { stream: Socket } }).connection;
    stream.removeAllListeners('data');
    return { client, stream };
  }
}

interface Server {
  readonly client: Client;
  readonly stream: Socket;
}

let lastPid = 900_000;

/** What is said to a client that has come in: no password, these settings, a process that nobody else has, and “ready”. */
function greeting(): Buffer {
  const settings = {
    server_version: '18.0',
    client_encoding: 'UTF8',
    standard_conforming_strings: 'on',
    DateStyle: 'ISO, MDY',
  };
  const number = (value: number): Buffer => {
    const four = Buffer.alloc(4);
    four.writeInt32BE(value);
    return four;
  };
  return Buffer.concat([
    frame('R', number(0)),
    ...Object.entries(settings).map(([name, value]) => frame('S', Buffer.from(`${name}\0${value}\0`))),
    frame('K', Buffer.concat([number((lastPid += 1)), number(1)])),
    frame('Z', Buffer.from('I')),
  ]);
}

function frame(letter: string, body: Buffer): Buffer {
  const head = Buffer.from(`${letter}    `);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

function serve(socket: Socket, servers: Servers, mode: PoolerOptions['mode']): void {
  let server: Promise<Server> | null = null;
  /** How many answers (ReadyForQuery) are still to come. */
  let owed = 0;
  const onAnswer = cutter((letter, message) => {
    socket.write(message);
    if (letter !== 'Z') return;
    owed -= 1;
    if (mode === 'transaction' && owed === 0 && message.at(-1) === I) letGo();
  });
  const letGo = (): void => {
    const lent = server!;
    server = null;
    void giveBack(lent);
  };
  const giveBack = async (lent: Promise<Server>): Promise<void> => {
    const one = await lent;
    one.stream.removeAllListeners('data');
    servers.giveBack(one);
  };
  const pass = (message: Buffer): void => {
    server ??= servers.borrow().then((one) => {
      one.stream.on('data', onAnswer);
      return one;
    });
    void server.then(({ stream }) => stream.write(message));
  };
  const onMessage = cutter((letter, message) => {
    if (letter === 'X') return;
    if (letter === 'Q' || letter === 'S') owed += 1;
    pass(message);
  });
  socket.once('data', () => {
    socket.write(greeting());
    socket.on('data', onMessage);
  });
  socket.on('close', () => void server?.then((one) => servers.drop(one)));
}

const I = 'I'.charCodeAt(0);

/** Cuts what comes in into messages: a letter, and four bytes that say how long the rest is (docs: 53.1). */
function cutter(onMessage: (letter: string, message: Buffer) => void): (data: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (data) => {
    rest = rest.length === 0 ? data : Buffer.concat([rest, data]);
    while (rest.length >= 5 && rest.length > rest.readInt32BE(1)) {
      const message = rest.subarray(0, rest.readInt32BE(1) + 1);
      rest = rest.subarray(message.length);
      onMessage(String.fromCharCode(message[0]!), message);
    }
  };
}
