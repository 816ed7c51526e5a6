import type { Visitor } from './visitor.ts';

export interface Heard {
  readonly type: string;
  readonly id: string;
  readonly data: { readonly parts?: Readonly<Record<string, string>> };
}

/** A stream of server-sent events, as it comes in. */
export interface Listening {
  readonly status: number;
  readonly headers: Headers;
  /** All events so far. */
  readonly heard: readonly Heard[];
  /** All bytes so far, comments among them. */
  text(): string;
  /** Resolves when the server has ended it. */
  readonly ended: Promise<void>;
  close(): void;
}

/** Opens a stream as a browser does. */
export async function listenTo(
  { address }: { readonly address: string },
  visitor: Visitor,
  path: string,
  headers: Record<string, string> = {},
): Promise<Listening> {
  const abort = new AbortController();
  const answer = await fetch(address + path, {
    headers: { accept: 'text/event-stream', cookie: visitor.cookie, ...headers },
    signal: abort.signal,
    redirect: 'manual',
  });
  const heard: Heard[] = [];
  let text = '';
  const read = async (): Promise<void> => {
    let from = 0;
    const decoder = new TextDecoder();
    for await (const chunk of answer.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      for (let end = text.indexOf('\n\n', from); end >= 0; end = text.indexOf('\n\n', from)) {
        const event = parse(text.slice(from, end));
        if (event !== null) heard.push(event);
        from = end + 2;
      }
    }
  };
  const ended = read().catch((error: unknown) => {
    if (!abort.signal.aborted) throw error;
  });
  return {
    status: answer.status,
    headers: answer.headers,
    heard,
    text: () => text,
    ended,
    close: () => abort.abort(),
  };
}

function parse(block: string): Heard | null {
  const fields = Object.fromEntries(
    block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
  );
  const { event: type, id = '', data } = fields;
  return type === undefined ? null : { type, id, data: JSON.parse(data ?? 'null') };
}

/** The newest HTML of a part that was heard; '' when none was. */
export function newest({ heard }: Listening, part: string): string {
  return heard.findLast(({ data }) => data.parts?.[part] !== undefined)?.data.parts?.[part] ?? '';
}
