import { title } from '../../engine/index.ts';
import { diffSections } from '../diff-view.ts';
import { WebError } from '../errors.ts';
import type { Answer, Page } from '../visit.ts';

/** GET /migrations/:version/diff?view=unified&context=all: what ran against what the file says now. */
export const showDiff: Page = async (visit, { migrator }): Promise<Answer> => {
  const version = visit.params['version'] ?? '';
  const state = await migrator.status();
  const one = state.migrations.find((migration) => String(migration.version) === version);
  if (one === undefined)
    throw new WebError(
      404,
      `There is no migration ${version.slice(0, 40)}, neither in the folder nor in the history.`,
    );
  const ran = one.applied === null ? null : await migrator.whatRan(one.version);
  const context = visit.query('context') === 'all' ? 'all' : 'near';
  const sections = ran === null || one.text === null ? null : diffSections(ran, one.text, context);
  const model = {
    version,
    name: title(one),
    view: visit.query('view') === 'unified' ? 'unified' : 'split',
    context,
    sections,
    isSame: ran !== null && ran === one.text,
    isGone: one.text === null,
  };
  return { view: 'migration-diff', title: `What changed in ${title(one)}`, path: '/', state, model };
};
