import { GanderError, type Migrator, type Schemas } from '../engine/index.ts';
import { LastAnswers } from '../store/last-answers.ts';
import type { Users } from '../store/users.ts';
import type { Services } from './services.ts';

/** What pages ask, and how many of the last answers are kept. A state of many migrations is large. */
const MIGRATOR = {
  status: 1,
  stateAndPlan: 4,
  advise: 20,
  runs: 8,
  runsOf: 50,
  whatRan: 4,
  runPages: 50,
  statements: 20,
} as const;
const SCHEMAS = { changeOf: 50, recorded: 4 } as const;
const USERS = { exist: 1, find: 1_000 } as const;

/** What a page is shown without where there is neither time to ask nor an answer from before. */
const OPTIONAL: ReadonlySet<string> = new Set(['advise']);

type Answers = ReadonlyMap<string, LastAnswers>;

/** What was read before, for pages that are asked for while a migration has locked what they are made of. */
export class PageMemory {
  readonly #services: Services;
  readonly #migrator: Answers = answersOf(MIGRATOR);
  readonly #schemas: Answers = answersOf(SCHEMAS);
  readonly #users: Answers = answersOf(USERS);

  constructor(services: Services) {
    this.#services = services;
  }

  /** For one page: only what reads, never what decides on a change. */
  reading(): Reading {
    const { migrator, schemas, users } = this.#services;
    const course: Course = { asOf: null, isLate: false };
    const services = {
      ...this.#services,
      migrator: remembering<Migrator>(migrator, this.#migrator, course),
      schemas: remembering<Schemas>(schemas, this.#schemas, course),
      users: remembering<Users>(users, this.#users, course),
    };
    return { services, asOf: () => course.asOf };
  }
}

/** How the reading for one page goes. */
interface Course {
  /** When the oldest of what has been read was true; null when all of it is true now. */
  asOf: Date | null;
  /** Whether it has been waited for a lock: once is enough for one page. */
  isLate: boolean;
}

export interface Reading {
  readonly services: Services;
  /** When what has been read was true, as far as it is not known to be true now; null when all of it is. */
  readonly asOf: () => Date | null;
}

function answersOf(capacities: Readonly<Record<string, number>>): Answers {
  return new Map(Object.entries(capacities).map(([name, capacity]) => [name, new LastAnswers(capacity)]));
}

/** The same object, but that the methods of these names fall back on their last answers to the same arguments. */
function remembering<T extends object>(target: T, answers: Answers, course: Course): T {
  return new Proxy(target, {
    get: (_target, name) => {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      const known = typeof name === 'string' ? answers.get(name) : undefined;
      if (known === undefined) return member.bind(target);
      return async (...args: unknown[]) => {
        const hurry = course.isLate ? 'no time' : 'some time';
        const key = keyOf(args);
        if (course.isLate && OPTIONAL.has(name as string) && !known.has(key))
          throw new GanderError('busy', 'There is no time left to ask.');
        const { value, asOf } = await known.ask(key, () => member.apply(target, args), hurry);
        if (asOf !== null) course.isLate = true;
        if (asOf !== null && (course.asOf === null || asOf < course.asOf)) course.asOf = asOf;
        return value;
      };
    },
  });
}

/** Of a plan its versions and checksums say which it is, of a state and a version the version. */
const LARGE: ReadonlySet<string> = new Set(['state', 'script', 'text']);

function keyOf(args: readonly unknown[]): string {
  return JSON.stringify(args, (name, value: unknown) =>
    LARGE.has(name) ? undefined : typeof value === 'bigint' ? `${value}n` : value,
  );
}
