import type { Activity, Holder, LockWait, Progress } from '../../engine/index.ts';
import { count } from '../../words.ts';

/** What the running statement waits for, in words. */
export interface WaitView {
  readonly sentence: string;
  readonly elapsedMs: number | null;
  readonly holders: readonly HolderView[];
}

export interface HolderView {
  /** `psql`, or what kind of session it is. */
  readonly name: string;
  /** `process 4711`, `user app`, `from 10.0.0.5` */
  readonly facts: readonly string[];
  readonly state: string;
  /** How long its transaction has been open. */
  readonly elapsedMs: number | null;
  readonly query: string | null;
  /** Where ending that session is asked for; null for those who may not, and where there is none. */
  readonly endHref: string | null;
}

export interface ProgressView {
  readonly words: string;
  readonly value: number | null;
  readonly max: number;
}

export interface ActivityContext {
  readonly runId: string;
  /** Others' statements may hold others' data: only who may run migrations sees them. */
  readonly showsQueries: boolean;
  readonly mayEnd: boolean;
}

export function waitView(wait: LockWait, context: ActivityContext): WaitView {
  return {
    sentence: sentenceOf(wait),
    elapsedMs: wait.ms,
    holders: wait.holders.map((holder) => holderView(holder, context)),
  };
}

function sentenceOf({ type, mode, relation }: LockWait): string {
  const on = relation === null ? '' : ` on ${relation}`;
  switch (type) {
    case 'transactionid':
      return 'It waits for another transaction to end, which has changed what it wants to change.';
    case 'virtualxid':
      return 'It waits for older transactions to end, as what is done CONCURRENTLY has to.';
    case 'tuple':
      return `It waits for a row${relation === null ? '' : ` of ${relation}`} that another transaction is changing.`;
    case 'advisory':
      return 'It waits for an advisory lock.';
    default:
      return `It waits for ${article(lockWords(mode))} ${lockWords(mode)} lock${on}${type === 'relation' ? '' : ` (${type})`}.`;
  }
}

/** `AccessExclusiveLock` → `ACCESS EXCLUSIVE`, as the documentation writes it (13.3, Explicit Locking). */
function lockWords(mode: string): string {
  return mode
    .replace(/Lock$/, '')
    .replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ')
    .toUpperCase();
}

function article(word: string): string {
  return /^[AEIO]/.test(word) ? 'an' : 'a';
}

function holderView(holder: Holder, { runId, showsQueries, mayEnd }: ActivityContext): HolderView {
  const { pid, startedAt, application, user, address, kind, state, transactionMs, query } = holder;
  if (pid === 0) return PREPARED;
  const isClient = kind === null || kind === 'client backend';
  return {
    name: application ?? (isClient ? 'a session without a name' : kind),
    facts: [
      `process ${pid}`,
      ...(user === null ? [] : [`user ${user}`]),
      ...(address === null ? [] : [`from ${address}`]),
    ],
    state: state ?? '',
    elapsedMs: transactionMs,
    query: showsQueries ? query : null,
    endHref:
      mayEnd && startedAt !== null ? `/runs/${runId}/termination?pid=${pid}&started=${startedAt}` : null,
  };
}

const PREPARED: HolderView = {
  name: 'a prepared transaction',
  facts: ['no session: see pg_prepared_xacts, and COMMIT PREPARED or ROLLBACK PREPARED it'],
  state: '',
  elapsedMs: null,
  query: null,
  endHref: null,
};

/** Who waits in turn; null when nobody does. The engine counts up to 100. */
export function behindOf({ behind }: Activity): string | null {
  if (behind === 0) return null;
  return behind === 1
    ? 'One session waits behind it.'
    : `${behind >= 100 ? 'More than 100' : behind} sessions wait behind it.`;
}

export function progressView({ command, phase, done, total, unit }: Progress): ProgressView {
  const number = (value: number): string => (unit === 'bytes' ? bytes(value) : value.toLocaleString('en'));
  const known = done !== null && total !== null && total > 0;
  const amount = known
    ? `${Math.floor((100 * done) / total)} %, ${number(done)} of ${unit === 'bytes' ? number(total) : count(total, unit.replace(/s$/, ''))}`
    : done !== null && done > 0
      ? `${number(done)}${unit === 'bytes' ? '' : ` ${unit}`}`
      : '';
  return {
    words: [command, phase, amount].filter(Boolean).join(' · '),
    value: known ? done : null,
    max: known ? total : 1,
  };
}

function bytes(value: number): string {
  if (value < 1e6) return `${Math.round(value / 1e3)} kB`;
  return value < 1e9 ? `${(value / 1e6).toFixed(1)} MB` : `${(value / 1e9).toFixed(1)} GB`;
}
