import { verifyPassword } from '../../store/passwords.ts';
import type { Answer, Page, Visit } from '../visit.ts';
import { loginPage, wayBack } from './session_new.ts';

/** POST /session: signs in. An unknown address and a wrong password get the same answer, after the same time. */
export const createSession: Page<Visit> = async (visit, { users }): Promise<Answer> => {
  const email = visit.field('email');
  const to = wayBack(visit.field('to'));
  const user = await users.findByEmail(email);
  const { fits, rehashed } = await verifyPassword(user?.passwordHash ?? null, visit.secret('password'));
  if (user === null || !fits)
    return loginPage({ email, to }, 'The e-mail address or the password is wrong.', 422);
  if (rehashed !== null) await users.setPasswordHash(user.id, rehashed);
  await visit.signIn(user);
  return { redirect: to };
};
