import type { ErrorCode } from '../engine/index.ts';

/** What the command's exit code says to scripts. The README has this table too. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  locked: 3,
  notUpToDate: 4,
  unreachable: 5,
  /** 128 and the number of the signal, as shells say it. */
  hungUp: 129,
  interrupted: 130,
  terminated: 143,
} as const;

/** Every error of the engine has its exit code. */
export const exitCodes: Readonly<Record<ErrorCode, number>> = {
  migration_failed: EXIT.failed,
  dirty: EXIT.failed,
  cancelled: EXIT.failed,
  refused: EXIT.failed,
  invalid_file: EXIT.usage,
  source_missing: EXIT.usage,
  unknown_version: EXIT.usage,
  invalid_request: EXIT.usage,
  irreversible: EXIT.usage,
  out_of_order: EXIT.usage,
  file_missing: EXIT.usage,
  foreign_table: EXIT.usage,
  changed: EXIT.usage,
  newer: EXIT.usage,
  transaction_pooler: EXIT.usage,
  not_permitted: EXIT.usage,
  locked: EXIT.locked,
  busy: EXIT.locked,
  plan_changed: EXIT.locked,
  unreachable: EXIT.unreachable,
};
