import { isReversible } from '../../migration.ts';
import type { Rule } from '../rule.ts';

export const noDown: Rule = {
  name: 'no-down',
  severity: 'note',
  finds: 'a migration that cannot be rolled back',
  docs: null,
  onFile: ({ script }) =>
    isReversible(script) || (script.module === null && script.up.statements.length === 0)
      ? []
      : [
          {
            message: 'It has no Down: it can be forgotten, but not rolled back.',
            instead:
              'Write what undoes it below `-- +goose Down`; if nothing can, allow it in the file, with the reason.',
            line: script.down.line ?? script.up.line ?? 1,
          },
        ],
};
