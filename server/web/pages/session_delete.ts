import type { Answer, Page } from '../visit.ts';

/** POST /session/end: signs out. */
export const endSession: Page = async (visit): Promise<Answer> => {
  await visit.signOut();
  return { redirect: '/login' };
};
