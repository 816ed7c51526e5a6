import { findRun } from '../run/find-run.ts';
import { reportOf } from '../run/report.ts';
import type { Answer, Page } from '../visit.ts';

/** GET /runs/:id/report: the run as plain text. */
export const showReport: Page = async (visit, services): Promise<Answer> => ({
  text: reportOf(await findRun(visit, services, [0]), services.database),
});
