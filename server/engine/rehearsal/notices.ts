import type { Client } from '../postgres.ts';
import type { Secret } from '../migration.ts';
import { redact } from '../sql/redact.ts';

/** As many are kept of a statement as a run keeps. */
const KEPT = 100;

/** Runs `work` and keeps what the server says meanwhile; what it says only to those who look for bugs is left out. */
export async function withNotices<T>(
  client: Client,
  secrets: readonly Secret[],
  work: () => Promise<T>,
): Promise<{ result: T; notices: readonly string[] }> {
  const notices: string[] = [];
  const hear = ({
    severity,
    message = '',
  }: {
    severity?: string | undefined;
    message?: string | undefined;
  }): void => {
    if (severity?.startsWith('DEBUG') !== true && notices.length < KEPT)
      notices.push(redact(message, secrets));
  };
  client.on('notice', hear);
  try {
    return { result: await work(), notices };
  } finally {
    client.off('notice', hear);
  }
}
