import type { Rule } from '../rule.ts';

export const allow: Rule = {
  name: 'allow',
  severity: 'warning',
  finds: 'an ALLOW without a reason, or of a rule that there is not',
  docs: null,
  onFile: ({ script }, known) =>
    script.settings.allowances.flatMap(({ rule, reason, line }) => {
      if (rule === '' || !known.has(rule)) {
        const message = `There is no rule ${rule === '' ? 'without a name' : `\`${rule}\``}: this allows nothing.`;
        return [
          {
            message,
            instead: 'Write `-- +gander ALLOW rule: reason`, with the name that the finding has.',
            line,
          },
        ];
      }
      if (reason !== '') return [];
      const message = `Nobody will know later on why \`${rule}\` is allowed here: without a reason it is not.`;
      return [{ message, instead: `Write \`-- +gander ALLOW ${rule}: reason\`.`, line }];
    }),
};
