import type { MigrationState, State } from '../../engine/index.ts';
import { type Moment, moment, took } from '../format.ts';
import type { Answer, Page } from '../visit.ts';

const PAGE = 50;

/** One line of the list, ready to print. */
export interface MigrationRow {
  readonly version: string;
  /** The name cut after its underscores, where a narrow column may break it; the version where it has none. */
  readonly nameParts: readonly string[];
  readonly href: string;
  readonly state: string;
  /** What to say beside the state: `rolled back`, `changed`, `out of order`; '' for nothing. */
  readonly remark: string;
  readonly appliedAt: Moment | null;
  readonly by: string;
  readonly took: string;
}

/** GET / */
export const listMigrations: Page = async (visit, { migrator, source }): Promise<Answer> => {
  const state = await migrator.status();
  const filter = { text: visit.query('q')?.trim() ?? '', state: stateFilter(visit.query('state')) };
  const found = state.migrations.filter((one) => matches(one, filter));
  const groups = group(found);
  const page = pageOf(groups.applied, visit.query('page'));
  const shownPending =
    filter.state === 'pending' ? pageOf(groups.pending, visit.query('page')) : pageOf(groups.pending, '1');
  const paged = filter.state === 'pending' ? shownPending : page;
  return {
    view: 'migrations',
    title: 'Migrations',
    state,
    model: {
      folder: source.name,
      empty: state.migrations.length === 0 && state.problems.length === 0,
      counts: counts(state),
      filter,
      problems: state.problems.map(({ message, next }) => ({ message, next })),
      warnings: state.warnings.map(({ file, line, message }) => ({
        where: line === null ? file : `${file}:${line}`,
        message,
      })),
      attention: groups.attention.map(toRow),
      pending: {
        rows: shownPending.rows.map(toRow),
        total: groups.pending.length,
        all:
          filter.state === 'pending' || shownPending.pages === 1
            ? null
            : pageHref({ ...filter, state: 'pending' }, 2),
      },
      applied: { ...page, rows: page.rows.map(toRow), total: groups.applied.length },
      paged: { number: paged.number, pages: paged.pages },
      previous: paged.number > 1 ? pageHref(filter, paged.number - 1) : null,
      next: paged.number < paged.pages ? pageHref(filter, paged.number + 1) : null,
    },
  };
};

const STATES = ['pending', 'applied', 'dirty'] as const;

interface Filter {
  readonly text: string;
  readonly state: string;
}

function stateFilter(value: string | undefined): string {
  return STATES.find((state) => state === value) ?? '';
}

/** Version, name and SQL are searched, in any case. */
function matches(one: MigrationState, { text, state }: Filter): boolean {
  if (state !== '' && one.state !== state) return false;
  const wanted = text.toLowerCase();
  return [String(one.version), one.name, one.file ?? '', one.text ?? ''].some((part) =>
    part.toLowerCase().includes(wanted),
  );
}

/** Every migration stands in one group: what needs attention goes before everything else. */
export function group(
  migrations: readonly MigrationState[],
): Record<'attention' | 'pending' | 'applied', MigrationState[]> {
  const attention = migrations.filter(needsAttention).toSorted((a, b) => urgency(a) - urgency(b));
  const rest = migrations.filter((one) => !needsAttention(one));
  return {
    attention,
    pending: rest.filter(({ state }) => state === 'pending' || state === 'running'),
    applied: rest.filter(({ state }) => state === 'applied').toReversed(),
  };
}

/** Sorting keeps the order of equals: what is dirty stands first, the rest by version. */
function urgency({ state }: MigrationState): number {
  return state === 'dirty' ? 0 : 1;
}

function needsAttention({ state, fileState }: MigrationState): boolean {
  return state === 'dirty' || fileState !== 'ok';
}

function counts({ migrations, problems }: State): {
  all: number;
  applied: number;
  pending: number;
  dirty: number;
  attention: number;
} {
  const number = (state: string): number => migrations.filter((one) => one.state === state).length;
  return {
    all: migrations.length,
    applied: number('applied'),
    pending: number('pending'),
    dirty: number('dirty'),
    attention: migrations.filter(needsAttention).length + problems.length,
  };
}

function toRow(one: MigrationState): MigrationRow {
  const remarks = [one.dirty?.kind, one.fileState === 'ok' ? undefined : one.fileState];
  return {
    version: String(one.version),
    nameParts: (one.name || String(one.version)).split(/(?<=_)/),
    href: `/migrations/${one.version}`,
    state: one.state,
    remark: remarks.filter(Boolean).join(', '),
    appliedAt: moment(one.appliedAt),
    by: one.applied?.actor ?? (one.appliedAt === null ? '' : 'outside Gander'),
    took: one.applied === null ? '' : took(one.applied.tookMs),
  };
}

function pageOf(
  rows: readonly MigrationState[],
  asked: string | undefined,
): { number: number; pages: number; rows: MigrationState[] } {
  const pages = Math.max(1, Math.ceil(rows.length / PAGE));
  const number = Math.min(Math.max(1, Number.parseInt(asked ?? '1', 10) || 1), pages);
  return { number, pages, rows: rows.slice((number - 1) * PAGE, number * PAGE) };
}

function pageHref({ text, state }: Filter, page: number): string {
  const query = new URLSearchParams();
  if (text !== '') query.set('q', text);
  if (state !== '') query.set('state', state);
  query.set('page', String(page));
  return `/?${query}`;
}
