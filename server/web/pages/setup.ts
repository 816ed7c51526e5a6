import { hashPassword, PASSWORD_LENGTH } from '../../store/passwords.ts';
import { hashSetupCode } from '../../store/setup-code.ts';
import { WebError } from '../errors.ts';
import type { Services } from '../services.ts';
import type { Answer, Page, Visit } from '../visit.ts';

/** GET /setup: the form for the first administrator, while there is none. */
export const showSetup: Page<Visit> = async (_visit, services): Promise<Answer> => {
  await requireNobody(services);
  return setupPage({ code: '', email: '' }, {}, 200);
};

/** POST /setup: makes the first administrator and signs in. */
export const createAdministrator: Page<Visit> = async (visit, services): Promise<Answer> => {
  await requireNobody(services);
  const typed = { code: visit.field('code'), email: visit.field('email') };
  const password = visit.secret('password');
  const codeHash = hashSetupCode(typed.code);
  // Before anything is hashed: whoever guesses codes must not keep the machine busy.
  const wrong =
    typed.code !== '' && !(await services.users.isSetupCode(codeHash)) ? { code: WRONG_CODE } : {};
  const problems = { ...check({ ...typed, password }), ...wrong };
  if (Object.keys(problems).length > 0) return setupPage(typed, problems, 422);
  const user = await services.users.createFirst(typed.email, await hashPassword(password), codeHash);
  if (user === null) {
    await requireNobody(services);
    return setupPage(typed, { code: WRONG_CODE }, 422);
  }
  await visit.signIn(user);
  return { redirect: '/' };
};

const WRONG_CODE =
  'This is not the code, or it is too old. A new one is printed each time the dashboard starts.';

type Problems = Partial<Record<'code' | 'email' | 'password', string>>;

/** What is wrong with which field, in words for the page. */
export function check({
  code,
  email,
  password,
}: {
  code: string;
  email: string;
  password: string;
}): Problems {
  const { min, max } = PASSWORD_LENGTH;
  return {
    ...(code === ''
      ? { code: 'Type the code that was printed on the console when the dashboard started.' }
      : {}),
    ...(/^[^\s@]+@[^\s@]+$/.test(email) && email.length <= 254
      ? {}
      : { email: 'Type an e-mail address, like ada@example.com.' }),
    ...(password.length >= min && password.length <= max
      ? {}
      : { password: `Take ${min} to ${max} characters.` }),
  };
}

async function requireNobody({ users }: Services): Promise<void> {
  if (!(await users.exist())) return;
  throw new WebError(410, 'This dashboard has been set up already.', {
    link: { label: 'Sign in', href: '/login' },
  });
}

function setupPage(typed: { code: string; email: string }, problems: Problems, status: number): Answer {
  const { code = null, email = null, password = null } = problems;
  return {
    view: 'setup',
    title: 'Set up Gander',
    status,
    model: { typed, problems: { code, email, password }, length: PASSWORD_LENGTH },
  };
}
