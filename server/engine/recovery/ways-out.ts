import type { Facts, Need, StatementFinding, WayOut } from './finding.ts';
import { capital, listOf, range, statements as named } from './numbers.ts';
import { recordings } from './recordings.ts';

/** What the ways out go by, besides what was found. */
export interface Ground extends Facts {
  /** The statements as the file has them now: the same ones, unless done ones were edited there. */
  readonly inFile: readonly StatementFinding[];
  /** Whether what would be run is, in a transaction. */
  readonly runsInTransaction: boolean | null;
  /** Why the migration cannot be run as it is now: its file is gone, or cannot be read; null when it can. */
  readonly notRunnable: string | null;
  /** Why it cannot be gone on with in the middle, whatever was found; null when it can. */
  readonly notResumable: string | null;
  /** The first of the done statements that the file has otherwise now, from 1; null when there is none. */
  readonly edited: number | null;
  /** What its Down would do, statement by statement; empty where it has none, or that is what failed. */
  readonly down: readonly StatementFinding[];
  /** What its Up has made, statement by statement, where its Down is what failed; else empty. */
  readonly up: readonly StatementFinding[];
}

/** All ways out, in the order in which they are shown. What is not possible at all is left out. Pure. */
export function waysOut(ground: Ground): WayOut[] {
  return [...repairs(ground), ...resumes(ground), ...retry(ground), ...down(ground), ...recordings(ground)];
}

/** Setting right what is half done, the first of it first, and then going on where that is possible. */
function repairs(ground: Ground): WayOut[] {
  const half = ground.statements.filter((one) => one.standing === 'half' && one.repairs.length > 0);
  return half.slice(0, 1).flatMap(({ number, repairs: ways }) =>
    ways.map((repair): WayOut => {
      const next = ground.position.at === 'half' ? number + (repair.afterwards === 'run it' ? 0 : 1) : null;
      const goesOn = next !== null && obstacles(ground, next).length === 0;
      const then = !goesOn
        ? 'Nothing else is run: look again afterwards.'
        : next > ground.statements.length
          ? 'That was the last statement, so it is recorded as done afterwards.'
          : `Then it goes on with statement ${next}.`;
      return {
        way: 'repair',
        from: goesOn ? next : null,
        repair,
        label:
          goesOn && next <= ground.statements.length
            ? `${repair.label} and go on with statement ${next}`
            : repair.label,
        consequences: `${REPAIRS[repair.how]} ${then}`,
        first: [],
        overrules: [],
      };
    }),
  );
}

const REPAIRS = {
  drop: 'What is half-built goes, without locking anybody out.',
  rebuild:
    'The index is built anew, without locking anybody out. It fails again while what it failed of is there (duplicates).',
  validate: 'All rows are read; it fails while one of them breaks the constraint.',
  finish: 'It waits for those who still read the partitioned table.',
} as const;

function resumes(ground: Ground): WayOut[] {
  const { position, statements } = ground;
  const isMiddle = (from: number): boolean => from > 0 && from < statements.length;
  switch (position.at) {
    case 'clear':
      return isMiddle(position.from) ? [resume(ground, position.from, '')] : [];
    case 'half': {
      const { number, found, repairs: ways } = statements[position.from]!;
      const next = position.from + (ways[0]?.afterwards === 'it is done' ? 1 : 0);
      const first = { what: `Statement ${number} is half done: ${found}`, sql: sqlOf(ways[0]) };
      return isMiddle(next) ? [resume(ground, next, '', [first])] : [];
    }
    case 'unknown': {
      const between = statements.slice(position.from, position.or);
      const doubtful = numbersOf(between, ({ standing }) => standing === 'unknown');
      const isPossible = between.length === doubtful.length; // else something would be done twice
      return [
        ...(isMiddle(position.from) && isPossible
          ? [resume(ground, position.from, guess(doubtful, 'did not happen'))]
          : []),
        ...(isMiddle(position.or) ? [resume(ground, position.or, guess(doubtful, 'happened'))] : []),
      ];
    }
    default:
      return [];
  }
}

function guess(doubtful: readonly number[], what: string): string {
  return `You say that ${named(doubtful)} ${what}: nobody can tell from here. `;
}

function resume(ground: Ground, from: number, premise: string, needs: readonly Need[] = []): WayOut {
  const done = range(1, from);
  const rest = range(from + 1, Math.max(ground.inFile.length, from + 1));
  return {
    way: 'resume',
    from: from + 1,
    repair: null,
    label: `Go on with statement ${from + 1}`,
    consequences: `${premise}${capital(named(rest))} of ${ground.direction === 'up' ? 'the file as it is now' : 'its Down'} ${rest.length === 1 ? 'is' : 'are'} run; ${named(done)} ${done.length === 1 ? 'is' : 'are'} not run again.`,
    first: [...needs, ...obstacles(ground, from + 1)],
    overrules: [],
  };
}

/** What keeps it from being gone on with at a statement. @param from counts from 1 */
function obstacles({ notRunnable, notResumable, edited }: Ground, from: number): Need[] {
  const isEdited = edited !== null && edited < from;
  return [
    ...(notRunnable === null ? [] : [need(notRunnable)]),
    ...(notResumable === null ? [] : [need(notResumable)]),
    ...(isEdited
      ? [
          need(
            `Statement ${edited} has been done, but the file says something else there now: put it back as it was, and change only what comes after.`,
          ),
        ]
      : []),
  ];
}

function retry(ground: Ground): WayOut[] {
  const { inFile, direction, notRunnable, runsInTransaction } = ground;
  const there = inFile.filter(({ standing }) => standing === 'in');
  const failing = there.filter(({ again }) => again === 'fails');
  const twice = there.filter(({ again }) => again === 'does it twice');
  const unknown = inFile.filter(({ standing }) => standing === 'unknown');
  const maybeTwice = unknown.filter(({ again }) => again === 'does it twice');
  const texts = new Set(inFile.map(({ text }) => text));
  const half = [...inFile, ...ground.statements.filter(({ text }) => !texts.has(text))].filter(
    ({ standing }) => standing === 'half',
  );
  const what =
    direction === 'up'
      ? 'All statements of the file as it is now are run'
      : 'All statements of its Down are run';
  return [
    {
      way: 'retry',
      from: null,
      repair: null,
      label: direction === 'up' ? 'Try it again from the start' : 'Try the rollback again from the start',
      consequences: [
        `${what}${runsInTransaction === true ? ', in one transaction: all of it, or nothing' : ', one by one'}.`,
        ...would(twice, 'be done twice.'),
        ...would(maybeTwice, 'be done twice, if it happened.'),
        ...would(
          unknown.filter(({ again }) => again === 'fails'),
          'fail, if it happened.',
        ),
        ...leftOver(ground),
      ].join(' '),
      first: [
        ...(notRunnable === null ? [] : [need(notRunnable)]),
        ...firstOf(half, 'is', ({ number, found, repairs: ways }) => ({
          what: `Statement ${number} is half done: ${found}`,
          sql: sqlOf(ways[0]),
        })),
        ...firstOf(failing, 'would', ({ number, found }) =>
          need(`Statement ${number} would fail: ${found} Undo that first, or go on behind it.`),
        ),
      ],
      overrules: inFile.filter((one) => twice.includes(one) || maybeTwice.includes(one)),
    },
  ];
}

/** Each is told, but of many the first ones only. */
const TOLD = 3;

function firstOf(
  some: readonly StatementFinding[],
  verb: 'would' | 'is',
  say: (one: StatementFinding) => Need,
): Need[] {
  const rest = some.slice(TOLD).map(({ number }) => number);
  const does = verb === 'is' && rest.length > 1 ? 'are' : verb;
  return [
    ...some.slice(0, TOLD).map(say),
    ...(rest.length === 0
      ? []
      : [need(`And so ${does} ${rest.length === 1 ? 'statement' : 'the others,'} ${listOf(rest)}.`)]),
  ];
}

function would(some: readonly StatementFinding[], what: string): string[] {
  if (some.length === 0) return [];
  const sentence = some.length === 1 ? what : what.replace('if it happened', 'if they happened');
  return [`${capital(named(some.map(({ number }) => number)))} would ${sentence}`];
}

/** What was done and is not in the file any more. */
function leftOver({ statements, inFile }: Ground): string[] {
  if (statements === inFile) return [];
  const texts = new Set(inFile.map(({ text }) => text));
  const left = numbersOf(statements, ({ standing, text }) => standing === 'in' && !texts.has(text));
  return left.length === 0
    ? []
    : [`What ${named(left)} did stays as it is, though the file says something else now.`];
}

function numbersOf(
  statements: readonly StatementFinding[],
  wanted: (one: StatementFinding) => boolean,
): number[] {
  return statements.filter(wanted).map(({ number }) => number);
}

function sqlOf(repair: StatementFinding['repairs'][number] | undefined): string[] {
  return repair?.sql.map((text) => `${text};`) ?? [];
}

/** Undoing what has been done, by the migration's own Down. */
function down({ direction, statements, down: section }: Ground): WayOut[] {
  const isThere =
    statements.length === 0 || statements.some(({ standing }) => !['out', 'either'].includes(standing));
  if (direction === 'down' || section.length === 0 || !isThere) return [];
  const failing = section.filter(({ verdict, again }) => verdict === 'done' && again === 'fails');
  return [
    {
      way: 'down',
      from: null,
      repair: null,
      label: 'Undo it: run its Down',
      consequences: `${section.length === 1 ? 'The statement' : `The ${section.length} statements`} of its Down ${section.length === 1 ? 'is' : 'are'} run. What it drops is gone with all that is in it. Afterwards it counts as pending.`,
      first: firstOf(failing, 'would', ({ number, line, found }) =>
        need(
          `Statement ${number} of its Down (line ${line}) would fail: ${found} Write it with IF EXISTS, or do it by hand.`,
        ),
      ),
      overrules: [],
    },
  ];
}

function need(what: string): Need {
  return { what, sql: [] };
}
