import { type Finding, type Migrator, SEVERITIES, type Severity } from '../engine/index.ts';
import { count } from '../words.ts';

/** A finding, ready to print. */
export interface FindingView {
  readonly severity: Severity;
  readonly tone: 'bad' | 'warn' | '';
  readonly line: number;
  readonly message: string;
  readonly instead: string;
  readonly sql: string | null;
  /** `It takes SHARE on users: writes wait.`; '' where no lock matters. */
  readonly lock: string;
  readonly docs: string | null;
  readonly rule: string;
  /** Why it is meant so; null: nobody has said so. */
  readonly allowed: string | null;
}

/** What there is to say of a plan or a migration; null where it cannot be told just now: no page waits for advice. */
export async function adviceOn(
  migrator: Pick<Migrator, 'advise'>,
  subject: Parameters<Migrator['advise']>[0],
): Promise<readonly Finding[] | null> {
  return migrator.advise(subject).catch(() => null);
}

const TONES = { error: 'bad', warning: 'warn', note: '' } as const;

export function findingView(finding: Finding): FindingView {
  const { severity, line, message, instead, sql, docs, rule, allowed } = finding;
  return {
    severity,
    tone: TONES[severity],
    line,
    message,
    instead,
    sql,
    lock: lockText(finding),
    docs,
    rule,
    allowed,
  };
}

function lockText({ table, lock }: Finding): string {
  if (lock === null || table === null || lock.blocks === 'nothing') return '';
  return `It takes ${lock.mode} on ${table}: ${lock.blocks} wait until the transaction ends.`;
}

/** What is worth being seen at once, and what may be folded: notes, and what is meant so. */
export function sorted(findings: readonly FindingView[]): {
  readonly told: readonly FindingView[];
  readonly folded: readonly FindingView[];
} {
  const isTold = ({ severity, allowed }: FindingView): boolean => severity !== 'note' && allowed === null;
  return { told: findings.filter(isTold), folded: findings.filter((one) => !isTold(one)) };
}

/** `1 error, 3 warnings`; '' when there is nothing. What is allowed does not count. */
export function countText(findings: readonly Pick<Finding, 'severity' | 'allowed'>[]): string {
  const told = findings.filter(({ allowed }) => allowed === null);
  const numbers = SEVERITIES.map((severity) => ({
    severity,
    number: told.filter((one) => one.severity === severity).length,
  })).filter(({ number }) => number > 0);
  return numbers.map(({ severity, number }) => count(number, severity)).join(', ');
}

/** `2 notes, 1 allowed` */
export function foldedText(findings: readonly FindingView[]): string {
  const allowed = findings.filter((one) => one.allowed !== null).length;
  return [countText(findings), allowed === 0 ? '' : `${allowed} allowed`]
    .filter((text) => text !== '')
    .join(', ');
}
