import type { Answer, Page, Visit } from '../visit.ts';

/** GET /login */
export const showLogin: Page<Visit> = async (visit, { users }): Promise<Answer> => {
  if (visit.user !== null) return { redirect: '/' };
  if (!(await users.exist())) return { redirect: '/setup' };
  return loginPage({ email: '', to: wayBack(visit.query('to')) }, null, 200);
};

/** The form, with what was typed (never the password) and why it was not enough. */
export function loginPage(
  typed: { email: string; to: string },
  problem: string | null,
  status: number,
): Answer {
  return { view: 'login', title: 'Sign in', status, model: { ...typed, problem } };
}

/** Where somebody wanted to go: one of our own pages, and never another site (`//evil.example`). */
export function wayBack(to: string | undefined): string {
  return to !== undefined && /^\/(?![/\\])[\w/?=&%.~+-]*$/.test(to) ? to : '/';
}
