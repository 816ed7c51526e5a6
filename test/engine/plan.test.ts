import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formats } from '../../server/engine/history/index.ts';
import { type DirtyKind, noJournal } from '../../server/engine/journal/index.ts';
import type { Direction, Migration } from '../../server/engine/migration.ts';
import { makePlan, type Plan, type PlanRequest, requireConsent } from '../../server/engine/plan.ts';
import { combine, currentOf, type State } from '../../server/engine/state.ts';
import { checksum } from '../../server/engine/sql/checksum.ts';
import { parseScript } from '../../server/engine/sql/script.ts';
import { GanderError } from '../../server/engine/errors.ts';
import { goose } from '../support/migrations.ts';

interface Facts {
  readonly files: readonly number[];
  readonly applied: readonly number[];
  readonly dirty?: Readonly<Record<number, [DirtyKind, Direction]>>;
  readonly irreversible?: readonly number[];
}

function migration(version: number, irreversible = false): Migration {
  const text = goose(`SELECT ${version};`, irreversible ? undefined : `SELECT -${version};`);
  const file = `${version}_m.sql`;
  return {
    version: BigInt(version),
    name: 'm',
    file,
    text,
    checksum: checksum(text),
    script: parseScript(text, { file, env: {} }),
  };
}

/** A state as the database would give it, from four lists. */
function state({ files, applied, dirty = {}, irreversible = [] }: Facts): State {
  const migrations = files.map((version) => migration(version, irreversible.includes(version)));
  const flags = Object.entries(dirty).map(([version, [kind, direction]]) => ({
    version: BigInt(version),
    name: 'm',
    kind,
    direction,
    runId: '1',
    since: new Date(),
    failure: null,
  }));
  const records = [...new Set([...applied.map(BigInt), ...flags.map(({ version }) => version)])].map(
    (version) => ({
      version,
      dirty: flags.some((flag) => flag.version === version),
      at: new Date(),
      id: '',
    }),
  );
  const journal = { applied: new Map(), dirty: new Map(flags.map((flag) => [flag.version, flag])) };
  const combined = combine({ migrations, invalid: [], problems: [], warnings: [] }, records, journal, {
    format: 'gander',
    running: null,
  });
  return {
    database: 'shop',
    history: formats.gander({ schema: 'public', name: 'schema_migrations' }),
    historyExists: true,
    journal: noJournal,
    lock: null,
    running: null,
    interrupted: null,
    migrations: combined,
    current: currentOf(combined),
    problems: [],
    warnings: [],
  };
}

function steps({ steps: list }: Plan): string {
  return list
    .map(
      ({ version, action, outOfOrder }) =>
        `${action === 'run' ? '' : `${action} `}${version}${outOfOrder ? ' late' : ''}`,
    )
    .join(' ');
}

const CASES: readonly [title: string, Facts, PlanRequest, string][] = [
  ['everything pending goes up', { files: [1, 2, 3], applied: [] }, { direction: 'up' }, '1 2 3'],
  ['only what is pending goes up', { files: [1, 2, 3], applied: [1] }, { direction: 'up' }, '2 3'],
  ['up to a version', { files: [1, 2, 3], applied: [] }, { direction: 'up', to: 2n }, '1 2'],
  [
    'up to a version between two files',
    { files: [10, 20, 30], applied: [] },
    { direction: 'up', to: 25n },
    '10 20',
  ],
  ['up by one', { files: [1, 2, 3], applied: [] }, { direction: 'up', steps: 1 }, '1'],
  ['nothing pending', { files: [1], applied: [1] }, { direction: 'up' }, ''],
  [
    'late ones go first, and are marked',
    { files: [1, 2, 3, 4], applied: [1, 3] },
    { direction: 'up' },
    '2 late 4',
  ],
  ['a database newer than the folder', { files: [1], applied: [1, 2, 3] }, { direction: 'up' }, ''],
  [
    'a failed Up is tried again',
    { files: [1, 2], applied: [1], dirty: { 2: ['rolled back', 'up'] } },
    { direction: 'up' },
    '2',
  ],
  [
    'a failed Down is applied; going up clears its flag',
    { files: [1, 2, 3], applied: [1, 2], dirty: { 2: ['rolled back', 'down'] } },
    { direction: 'up' },
    'clear 2 3',
  ],
  ['down is by one', { files: [1, 2, 3], applied: [1, 2, 3] }, { direction: 'down' }, '3'],
  ['down by two', { files: [1, 2, 3], applied: [1, 2, 3] }, { direction: 'down', steps: 2 }, '3 2'],
  [
    'down to a version: it stays',
    { files: [1, 2, 3], applied: [1, 2, 3] },
    { direction: 'down', to: 1n },
    '3 2',
  ],
  ['down to nothing', { files: [1, 2, 3], applied: [1, 2, 3] }, { direction: 'down', to: 0n }, '3 2 1'],
  [
    'down by version, whatever the order they were applied in',
    { files: [1, 2, 3, 4], applied: [1, 4, 2, 3] },
    { direction: 'down', to: 2n },
    '4 3',
  ],
  ['nothing to roll back', { files: [1], applied: [] }, { direction: 'down' }, ''],
  [
    'a failed Up has nothing to roll back',
    { files: [1, 2], applied: [1], dirty: { 2: ['rolled back', 'up'] } },
    { direction: 'down' },
    '1',
  ],
  [
    'a failed Down is tried again',
    { files: [1, 2], applied: [1, 2], dirty: { 2: ['rolled back', 'down'] } },
    { direction: 'down' },
    '2',
  ],
  [
    'an irreversible one is forgotten',
    { files: [1, 2], applied: [1, 2], irreversible: [2] },
    { direction: 'down', to: 0n },
    'forget 2 1',
  ],
];

describe('what a plan runs, and in which order', () => {
  for (const [title, facts, request, expected] of CASES) {
    test(title, () => assert.equal(steps(makePlan(state(facts), request)), expected));
  }
});

function refusal(work: () => unknown): string {
  try {
    work();
    return 'nothing';
  } catch (error) {
    assert.ok(error instanceof GanderError, String(error));
    return error.code;
  }
}

describe('what a plan refuses', () => {
  test('anything, while a migration is dirty in part or in doubt', () => {
    for (const kind of ['partial', 'in doubt'] as const) {
      for (const direction of ['up', 'down'] as const) {
        const dirty = state({ files: [1, 2], applied: [1], dirty: { 2: [kind, 'up'] } });
        assert.equal(
          refusal(() => makePlan(dirty, { direction })),
          'dirty',
        );
      }
    }
  });

  test('a rollback of what has neither file nor stored text; what lies above it can be rolled back', () => {
    const missing = state({ files: [1, 3], applied: [1, 2, 3] });
    assert.equal(steps(makePlan(missing, { direction: 'down' })), '3');
    assert.equal(
      refusal(() => makePlan(missing, { direction: 'down', to: 1n })),
      'file_missing',
    );
    const stored = new Map([[2n, migration(2)]]);
    assert.deepEqual(
      makePlan(missing, { direction: 'down', to: 1n }, stored).steps.map(({ origin }) => origin),
      ['file', 'stored'],
    );
  });

  test('late and irreversible migrations, until they were agreed to', () => {
    const late = makePlan(state({ files: [1, 2], applied: [2] }), { direction: 'up' });
    assert.equal(
      refusal(() => requireConsent(late, {})),
      'out_of_order',
    );
    assert.equal(
      refusal(() => requireConsent(late, { outOfOrder: true })),
      'nothing',
    );
    const lossy = makePlan(state({ files: [1], applied: [1], irreversible: [1] }), { direction: 'down' });
    assert.equal(
      refusal(() => requireConsent(lossy, { outOfOrder: true })),
      'irreversible',
    );
    assert.equal(
      refusal(() => requireConsent(lossy, { irreversible: true })),
      'nothing',
    );
  });
});

test('a plan’s fingerprint is the same for the same plan, and another for any other', () => {
  const base = { files: [1, 2, 3], applied: [1] };
  const plan = makePlan(state(base), { direction: 'up' });
  assert.equal(makePlan(state(base), { direction: 'up' }).fingerprint, plan.fingerprint);
  const others = [
    makePlan(state(base), { direction: 'up', to: 2n }),
    makePlan(state({ ...base, applied: [1, 2] }), { direction: 'up' }),
    makePlan(state(base), { direction: 'down' }),
    makePlan({ ...state(base), database: 'other' }, { direction: 'up' }),
    makePlan(state({ ...base, irreversible: [2] }), { direction: 'up' }),
  ];
  assert.equal(new Set([plan, ...others].map(({ fingerprint }) => fingerprint)).size, 6);
});
