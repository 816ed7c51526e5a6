import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What one connection through a relay has cost so far, its opening (TLS, password) and its closing left out. */
export interface Conversation {
  /** How often the client has spoken and then been answered: what a distant server makes dear. */
  readonly roundTrips: number;
  /** What the client said (the first million bytes of it): tells one connection from another. */
  readonly said: string;
}

/** A TCP relay before a PostgreSQL server: it counts round trips, and can be as slow as a long way. */
export interface Relay {
  /** The server's address, by way of the relay. */
  readonly url: string;
  /** Every connection there has been, in the order of their beginning. */
  readonly conversations: readonly Conversation[];
  close(): Promise<void>;
}

const KEPT = 1_000_000;

/**
 * Starts a relay to the server of `url`.
 *
 * @param delayMs the round-trip time to add: half of it each way, and all of it once more for a connection's handshake.
 *   Counting is exact only where it is longer than the client takes to say what it says at once. Default: 0
 */
export async function startRelay(url: string, { delayMs = 0 } = {}): Promise<Relay> {
  const target = new URL(url);
  const conversations: Conversation[] = [];
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ host: target.hostname, port: Number(target.port || 5432), noDelay: true });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      // Who hangs up without a word takes the other one with him; it is for the client to complain.
      socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    }
    conversations.push(converse(client, upstream, delayMs));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const relayed = new URL(url);
  relayed.hostname = '127.0.0.1';
  relayed.port = String((server.address() as AddressInfo).port);
  return {
    url: relayed.href,
    conversations,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function converse(client: Socket, upstream: Socket, delayMs: number): Conversation {
  const conversation = { roundTrips: 0, said: '' };
  let [isOpen, isAsking] = [false, false];
  // A timer is late by half a millisecond and more.
  const halfMs = Math.max(Math.floor((delayMs - 1) / 2), 0);
  carry(client, upstream, { delayMs: halfMs, handshakeMs: delayMs }, (chunk) => {
    isOpen ||= !isOpening(chunk);
    if (!isOpen) return;
    isAsking = true;
    if (conversation.said.length < KEPT) conversation.said += chunk.toString('latin1');
  });
  // Counted where the answer arrives, not where it begins: a client that still speaks meanwhile has not waited for it.
  const onArrival = (): void => {
    if (isAsking) conversation.roundTrips += 1;
    isAsking = false;
  };
  carry(upstream, client, { delayMs: halfMs, handshakeMs: 0, onArrival });
  return conversation;
}

/** The startup and TLS requests have no type, hence begin with a zero; all that answers a demand for a password is `p`. */
function isOpening(chunk: Buffer): boolean {
  return chunk[0] === 0 || chunk[0] === 0x70;
}

interface Way {
  readonly delayMs: number;
  /** What the first words need longer. */
  readonly handshakeMs: number;
  readonly onArrival?: () => void;
}

/** Hands on what `from` says, later and in the same order; its end too. */
function carry(from: Socket, to: Socket, way: Way, hear: (chunk: Buffer) => void = () => {}): void {
  let underway: Promise<unknown> = way.handshakeMs === 0 ? Promise.resolve() : sleep(way.handshakeMs);
  const later = (work: () => void): void => {
    const delay = way.delayMs === 0 ? undefined : sleep(way.delayMs);
    underway = Promise.all([underway, delay]).then(work);
  };
  from.on('data', (chunk) => {
    hear(chunk);
    later(() => {
      way.onArrival?.();
      to.write(chunk);
    });
  });
  from.on('end', () => later(() => to.end()));
  from.on('close', (hadError) => {
    if (hadError) to.destroy();
  });
}
