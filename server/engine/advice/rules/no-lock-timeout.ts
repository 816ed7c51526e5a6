import type { Migration } from '../../migration.ts';
import { type FileRemark, type Rule, when } from '../rule.ts';

const INSTEAD = {
  message: 'A statement may wait for its lock without an end, and whoever comes after it waits behind it.',
  instead: 'Give it a few seconds: Gander undoes the migration then, and tries it again.',
} as const;

export const noLockTimeout: Rule = {
  name: 'no-lock-timeout',
  severity: 'warning',
  finds: 'a lock timeout that is switched off',
  docs: 'runtime-config-client.html#GUC-LOCK-TIMEOUT',
  onAct: when('set', ({ name, value }) =>
    name === 'lock_timeout' && /^0+(?:\s*[a-z]+)?$/.test(value)
      ? { on: null, ...INSTEAD, sql: "SET LOCAL lock_timeout = '5s';" }
      : null,
  ),
  onFile: ({ script, text }: Migration): FileRemark[] =>
    script.settings.lockTimeout === 0 ? [{ ...INSTEAD, line: lineOf(text) }] : [],
};

function lineOf(text: string): number {
  const at = text.search(/^[ \t]*-+\s*\+gander\s+lock\s+timeout\b/im);
  return text.slice(0, Math.max(at, 0)).split('\n').length;
}
