import { type Rule, when } from '../rule.ts';

export const hiddenStatements: Rule = {
  name: 'hidden-statements',
  severity: 'note',
  finds: 'statements that cannot be looked at before they run',
  docs: null,
  onFile: ({ script }) =>
    script.module === null
      ? []
      : [
          {
            message: 'What JavaScript does is known only when it runs: nothing is said of it here.',
            instead: 'Run it on a copy of the database first.',
            line: 1,
          },
        ],
  onAct: when('hidden', ({ words }) => ({
    on: null,
    message: `What ${words} does cannot be told from its text: nothing is said of it here.`,
    instead: 'Run it on a copy of the database first.',
  })),
};
