import { pageOf } from '../../engine/index.ts';
import { WebError } from '../errors.ts';
import { statementView } from '../run/step-view.ts';
import type { Answer, Page } from '../visit.ts';

/** GET /runs/:id/steps/:position, ?page=2: all statements of one step. */
export const showStatements: Page = async (visit, { migrator }): Promise<Answer> => {
  const { id = '', position = '' } = visit.params;
  const page = Number(/^[1-9]\d{0,5}$/.exec(visit.query('page') ?? '')?.[0] ?? 1);
  const isAddress = /^\d{1,18}$/.test(id) && /^\d{1,6}$/.test(position);
  const step = isAddress ? await migrator.statements(id, Number(position), page) : null;
  if (step === null) {
    throw new WebError(404, 'There is no such step of a run.', {
      link: { label: 'To the runs', href: '/runs' },
    });
  }
  const href = (number: number): string => `/runs/${id}/steps/${position}?page=${number}`;
  const { version, name, transaction, state, pages, currentPage } = step;
  const statements = step.statements.map((one) => statementView(one, { transaction, state }));
  return {
    view: 'statements',
    title: `Statements of ${name || version}, run ${id}`,
    path: `/runs/${id}`,
    model: {
      run: { id, href: `/runs/${id}?page=${pageOf(Number(position))}#step-${version}` },
      version: String(version),
      name: name || String(version),
      state,
      of: step.of,
      statements,
      page: step.page,
      pages,
      previous: step.page > 1 ? href(step.page - 1) : null,
      next: step.page < pages ? href(step.page + 1) : null,
      toCurrent:
        currentPage === null
          ? null
          : `${currentPage === step.page ? '' : href(currentPage)}#statement-${state}`,
    },
  };
};
