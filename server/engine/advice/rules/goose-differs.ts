import type { Rule } from '../rule.ts';

export const gooseDiffers: Rule = {
  name: 'goose-differs',
  severity: 'warning',
  finds: 'a file that goose would cut elsewhere, or a comment that looks like an annotation and is none',
  docs: null,
  onFile: ({ script }) =>
    script.warnings.map(({ line, message }) => ({
      message,
      instead:
        'Put StatementBegin and StatementEnd round the statement, or write the annotation as it has to be.',
      line: line ?? 1,
    })),
};
