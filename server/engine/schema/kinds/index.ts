import { casts } from './casts.ts';
import { collations } from './collations.ts';
import { constraints } from './constraints.ts';
import { dataTypes } from './data-types.ts';
import { defaultPrivileges } from './default-privileges.ts';
import { eventTriggers } from './event-triggers.ts';
import { extensions } from './extensions.ts';
import { foreignDataWrappers, foreignServers } from './foreign-data.ts';
import { functions } from './functions.ts';
import { indexes } from './indexes.ts';
import type { Kind } from './kind.ts';
import { operatorClasses } from './operator-classes.ts';
import { operatorFamilies } from './operator-families.ts';
import { operators } from './operators.ts';
import { policies } from './policies.ts';
import { publications } from './publications.ts';
import { rules } from './rules.ts';
import { schemas } from './schemas.ts';
import { sequences } from './sequences.ts';
import { statistics } from './statistics.ts';
import { tables } from './tables.ts';
import { textSearchConfigurations, textSearchDictionaries } from './text-search.ts';
import { triggers } from './triggers.ts';
import { views } from './views.ts';

export type { Kind, Scope } from './kind.ts';

/** Everything that is looked at of a schema. */
export const kinds: readonly Kind[] = [
  schemas,
  extensions,
  dataTypes,
  tables,
  constraints,
  indexes,
  sequences,
  views,
  functions,
  triggers,
  rules,
  policies,
  statistics,
  publications,
  eventTriggers,
  defaultPrivileges,
  casts,
  collations,
  operators,
  operatorClasses,
  operatorFamilies,
  textSearchConfigurations,
  textSearchDictionaries,
  foreignDataWrappers,
  foreignServers,
];
