import type { EffectOn, GlobalType } from '../sql/effects/index.ts';
import { lastPart } from '../sql/names.ts';
import { doneIf, doneIfNew, type Probe, probe } from './probe.ts';

/** The catalog and its column with the name. */
const CATALOGS: Readonly<Record<GlobalType, readonly [catalog: string, name: string]>> = {
  schema: ['pg_namespace', 'nspname'],
  extension: ['pg_extension', 'extname'],
  role: ['pg_roles', 'rolname'],
  publication: ['pg_publication', 'pubname'],
  'event trigger': ['pg_event_trigger', 'evtname'],
  server: ['pg_foreign_server', 'srvname'],
  language: ['pg_language', 'lanname'],
};

/** Schemas, extensions, roles and whatever else is known by its name alone. */
export function globals({ type, name, there }: EffectOn<'global'>): Probe {
  const [catalog, column] = CATALOGS[type];
  return probe<object>(`SELECT FROM ${catalog} WHERE ${column} = $1`, [lastPart(name)], (row) => {
    if (row === undefined) return doneIfNew(!there, `There is no ${type} ${name}.`);
    return doneIf(there, `The ${type} ${name} is there.`);
  });
}
