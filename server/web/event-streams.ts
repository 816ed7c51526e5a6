import type { Request, Response } from 'express';
import type { SignedInAs } from '../store/sessions.ts';
import type { EventStream, ServerEvent } from './visit.ts';

/** Proxies and browsers give a silent connection up. In the same breath it is seen whose session is over. */
const HEARTBEAT_MS = 15_000;
/** Who reads more slowly than this is behind is better off with a new page. */
const MOST_UNREAD = 4_000_000;

interface Stream {
  readonly response: Response;
  readonly sessionId: string;
  readonly is: SignedInAs;
}

/** Tells who is still signed in, and as what, by the ids of sessions. */
export type WhoIs = (sessionIds: readonly string[]) => Promise<ReadonlyMap<string, SignedInAs>>;

/** The streams of server-sent events that are open in this process. */
export class EventStreams {
  readonly #whoIs: WhoIs;
  readonly #heartbeat: number;
  readonly #streams = new Set<Stream>();
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param stopping ends all of them
   * @param heartbeat milliseconds
   */
  constructor(whoIs: WhoIs, stopping: AbortSignal, heartbeat: number = HEARTBEAT_MS) {
    this.#whoIs = whoIs;
    this.#heartbeat = heartbeat;
    stopping.addEventListener('abort', () => this.#endAll());
  }

  /** Answers with a stream that lasts until the visitor goes, his session ends, or `open` has nothing more to send. */
  answer(
    { request, response, is }: { request: Request; response: Response; is: SignedInAs },
    open: (stream: EventStream) => () => void,
  ): void {
    const stream: Stream = { response, sessionId: request.sessionID, is };
    response.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-cache, no-transform',
      'X-Accel-Buffering': 'no',
    });
    if (request.method === 'HEAD') return void response.end();
    response.write('retry: 1000\n\n');
    const close = open({
      lastId: request.get('last-event-id') ?? null,
      send: (event) => write(response, event),
      end: () => response.end(),
    });
    this.#streams.add(stream);
    this.#timer ??= setInterval(() => void this.#beat(), this.#heartbeat).unref();
    response.once('close', () => {
      this.#streams.delete(stream);
      close();
      if (this.#streams.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    });
  }

  async #beat(): Promise<void> {
    const streams = [...this.#streams];
    for (const { response } of streams) response.write(':\n\n');
    const ids = [...new Set(streams.map(({ sessionId }) => sessionId))];
    // A database that does not answer has not signed anybody out.
    const known = await this.#whoIs(ids).catch(() => null);
    if (known === null) return;
    for (const { response, sessionId, is } of streams) {
      const now = known.get(sessionId);
      if (now?.userId !== is.userId || now.role !== is.role) response.end();
    }
  }

  #endAll(): void {
    clearInterval(this.#timer);
    for (const { response } of this.#streams) response.end();
  }
}

function write(response: Response, event: ServerEvent): void {
  if (response.writableEnded) return;
  if (response.writableLength > MOST_UNREAD) return void response.destroy();
  response.write(encoded(event));
}

const known = new WeakMap<object, Buffer>();

function encoded(event: ServerEvent): Buffer {
  const made = known.get(event);
  if (made !== undefined) return made;
  const { type, id, data } = event;
  const bytes = Buffer.from(`event: ${type}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`);
  known.set(event, bytes);
  return bytes;
}
