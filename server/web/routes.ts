import { showHealth, showReadiness } from './pages/health.ts';
import { listMigrations } from './pages/migration_list.ts';
import { showDiff } from './pages/migration_diff.ts';
import { showMigration } from './pages/migration_show.ts';
import { showPlan } from './pages/plan_show.ts';
import { showRecovery } from './pages/recovery_show.ts';
import { createResolution } from './pages/resolution_create.ts';
import { createRun } from './pages/run_create.ts';
import { listRuns } from './pages/run_list.ts';
import { askToCancel, cancelRun } from './pages/run_cancel.ts';
import { askToEndBlocker, endBlocker } from './pages/run_end_blocker.ts';
import { followRun } from './pages/run_events.ts';
import { showReport } from './pages/run_report.ts';
import { showRun } from './pages/run_show.ts';
import { showStatements } from './pages/run_statements.ts';
import { showSchema, showSchemaAt } from './pages/schema_show.ts';
import { createSession } from './pages/session_create.ts';
import { endSession } from './pages/session_delete.ts';
import { showLogin } from './pages/session_new.ts';
import { createAdministrator, showSetup } from './pages/setup.ts';
import type { Role } from '../store/users.ts';
import type { Page, Visit } from './visit.ts';

/**
 * A route for machines (no session is read: it answers while the database is away), one that anyone may call, or one for
 * people with a role. The compiler keeps pages that need a user from being opened to all.
 */
export type Route = { readonly method: 'get' | 'post'; readonly path: string } & (
  | { readonly access: 'machine'; readonly page: Page<Visit> }
  | { readonly access: 'anyone'; readonly page: Page<Visit> }
  | { readonly access: Role; readonly page: Page }
);

/** The sitemap. What is not here is not there; who may is said here and nowhere else. */
export const routes: readonly Route[] = [
  { method: 'get', path: '/healthz', access: 'machine', page: showHealth },
  { method: 'get', path: '/readyz', access: 'machine', page: showReadiness },
  { method: 'get', path: '/setup', access: 'anyone', page: showSetup },
  { method: 'post', path: '/setup', access: 'anyone', page: createAdministrator },
  { method: 'get', path: '/login', access: 'anyone', page: showLogin },
  { method: 'post', path: '/session', access: 'anyone', page: createSession },
  { method: 'post', path: '/session/end', access: 'viewer', page: endSession },
  { method: 'get', path: '/', access: 'viewer', page: listMigrations },
  { method: 'get', path: '/migrations/:version', access: 'viewer', page: showMigration },
  { method: 'get', path: '/migrations/:version/diff', access: 'viewer', page: showDiff },
  { method: 'get', path: '/migrations/:version/recovery', access: 'viewer', page: showRecovery },
  { method: 'post', path: '/migrations/:version/resolution', access: 'operator', page: createResolution },
  { method: 'get', path: '/plan', access: 'viewer', page: showPlan },
  { method: 'get', path: '/schema', access: 'viewer', page: showSchema },
  { method: 'get', path: '/schema/:version', access: 'viewer', page: showSchemaAt },
  { method: 'get', path: '/runs', access: 'viewer', page: listRuns },
  { method: 'get', path: '/runs/:id', access: 'viewer', page: showRun },
  { method: 'get', path: '/runs/:id/events', access: 'viewer', page: followRun },
  { method: 'get', path: '/runs/:id/report', access: 'viewer', page: showReport },
  { method: 'get', path: '/runs/:id/cancellation', access: 'operator', page: askToCancel },
  { method: 'post', path: '/runs/:id/cancellation', access: 'operator', page: cancelRun },
  { method: 'get', path: '/runs/:id/termination', access: 'admin', page: askToEndBlocker },
  { method: 'post', path: '/runs/:id/termination', access: 'admin', page: endBlocker },
  { method: 'get', path: '/runs/:id/steps/:position', access: 'viewer', page: showStatements },
  { method: 'post', path: '/runs', access: 'operator', page: createRun },
];
