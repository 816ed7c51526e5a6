import type { Answer, Page, Visit } from '../visit.ts';

/** GET /login */
export const showLogin: Page<Visit> = async (visit, { users }): Promise<Answer> => {
  if (visit.user !== null) return { redirect: '/' };
  if (!(await users.exist())) return { redirect: '/setup' };
  return loginPage('', null, 200);
};

/** The form, with what was typed (never the password) and why it was not enough. */
export function loginPage(email: string, problem: string | null, status: number): Answer {
  return { view: 'login', title: 'Sign in', status, model: { email, problem } };
}
