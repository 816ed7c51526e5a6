import { type Rule, when } from '../rule.ts';

export const hiddenStatements: Rule = {
  name: 'hidden-statements',
  severity: 'note',
  finds: 'statements that cannot be looked at before they run',
  docs: null,
  onAct: when('hidden', ({ words }) => ({
    on: null,
    message: `What ${words} does cannot be told from its text: nothing is said of it here.`,
    instead: 'Run it on a copy of the database first.',
  })),
};
