import type { Rule } from '../rule.ts';
import { addColumnRequired } from './add-column-required.ts';
import { addColumnRewrite } from './add-column-rewrite.ts';
import { allow } from './allow.ts';
import { attachPartitionScan } from './attach-partition-scan.ts';
import { cascade } from './cascade.ts';
import { changeAllRows } from './change-all-rows.ts';
import { charType } from './char-type.ts';
import { checkScan } from './check-scan.ts';
import { columnTypeRewrite } from './column-type-rewrite.ts';
import { concurrentlyInTransaction } from './concurrently-in-transaction.ts';
import { detachPartitionNotConcurrently } from './detach-partition-not-concurrently.ts';
import { downLeaves } from './down-leaves.ts';
import { dropColumn } from './drop-column.ts';
import { dropIndexNotConcurrently } from './drop-index-not-concurrently.ts';
import { dropTable } from './drop-table.ts';
import { dropView } from './drop-view.ts';
import { enumValueTooEarly } from './enum-value-too-early.ts';
import { foreignKeyScan } from './foreign-key-scan.ts';
import { gooseDiffers } from './goose-differs.ts';
import { grantToPublic } from './grant-to-public.ts';
import { hiddenStatements } from './hidden-statements.ts';
import { indexIfNotExists } from './index-if-not-exists.ts';
import { indexNotConcurrently } from './index-not-concurrently.ts';
import { intKey } from './int-key.ts';
import { invalidFile } from './invalid-file.ts';
import { jsonType } from './json-type.ts';
import { keyNotUsingIndex } from './key-not-using-index.ts';
import { lockThenChange } from './lock-then-change.ts';
import { noDown } from './no-down.ts';
import { noLockTimeout } from './no-lock-timeout.ts';
import { notAnalysed } from './not-analysed.ts';
import { notNullScan } from './not-null-scan.ts';
import { refreshNotConcurrently } from './refresh-not-concurrently.ts';
import { reindexNotConcurrently } from './reindex-not-concurrently.ts';
import { rename } from './rename.ts';
import { securityDefinerPath } from './security-definer-path.ts';
import { tableRewrite } from './table-rewrite.ts';
import { timestampType } from './timestamp-type.ts';
import { truncate } from './truncate.ts';
import { validateInSameTransaction } from './validate-in-same-transaction.ts';

/** Everything that advice looks for; of several that are about the same place the first is told first. */
export const rules: readonly Rule[] = [
  invalidFile,
  concurrentlyInTransaction,
  addColumnRequired,
  enumValueTooEarly,
  indexNotConcurrently,
  reindexNotConcurrently,
  dropIndexNotConcurrently,
  indexIfNotExists,
  columnTypeRewrite,
  addColumnRewrite,
  tableRewrite,
  notNullScan,
  checkScan,
  foreignKeyScan,
  keyNotUsingIndex,
  validateInSameTransaction,
  attachPartitionScan,
  detachPartitionNotConcurrently,
  refreshNotConcurrently,
  lockThenChange,
  noLockTimeout,
  dropTable,
  dropColumn,
  dropView,
  rename,
  truncate,
  changeAllRows,
  cascade,
  grantToPublic,
  securityDefinerPath,
  intKey,
  timestampType,
  jsonType,
  charType,
  noDown,
  downLeaves,
  gooseDiffers,
  hiddenStatements,
  notAnalysed,
  allow,
];

/** Their names. */
export const ruleNames: ReadonlySet<string> = new Set(rules.map(({ name }) => name));
