import { type Rule, when } from '../rule.ts';

export const grantToPublic: Rule = {
  name: 'grant-to-public',
  severity: 'warning',
  finds: 'rights that are given to everybody',
  docs: 'ddl-priv.html',
  onAct: when('grant to public', ({ on, privileges }) => {
    const isUsage = privileges !== null && privileges.every((one) => one === 'usage' || one === 'execute');
    const rights = privileges === null ? 'every right' : privileges.join(', ').toUpperCase();
    return {
      on: null,
      severity: isUsage ? 'note' : 'warning',
      message: `Every role of the server, now and later, gets ${rights} on ${on}.`,
      instead: 'Give it to the roles that need it.',
      sql: `GRANT ${privileges === null ? 'ALL' : privileges.join(', ').toUpperCase()} ON ${on} TO …;`,
    };
  }),
};
