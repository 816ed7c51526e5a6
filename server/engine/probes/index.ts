import type { About, Effect, EffectOn } from '../sql/effects/index.ts';
import { attachments, triggerStates } from './attachments.ts';
import { columns, columnTypes, defaults, identities, notNulls } from './columns.ts';
import { comments } from './comments.ts';
import { constraints, validations } from './constraints.ts';
import { functions } from './functions.ts';
import { globals } from './globals.ts';
import { grants, memberships } from './grants.ts';
import { indexes, reindexes } from './indexes.ts';
import { partitions } from './partitions.ts';
import type { Answer, Probe } from './probe.ts';
import { relations } from './relations.ts';
import { renames } from './renames.ts';
import { settings } from './settings.ts';
import { labels, types } from './data-types.ts';

export type { Answer, Probe, Repair, Verdict } from './probe.ts';

/** How each kind of effect is looked up: the question, or the answer where none helps. */
const PROBES: { readonly [A in About]: (effect: EffectOn<A>) => Probe | Answer } = {
  relation: relations,
  index: indexes,
  reindex: reindexes,
  column: columns,
  'column type': columnTypes,
  'not null': notNulls,
  default: defaults,
  identity: identities,
  constraint: constraints,
  validation: validations,
  rename: renames,
  type: types,
  label: labels,
  function: functions,
  attachment: attachments,
  'trigger state': triggerStates,
  global: globals,
  comment: comments,
  grant: grants,
  membership: memberships,
  partition: partitions,
  setting: settings,
};

export function probeFor<A extends About>(effect: Extract<Effect, { about: A }>): Probe | Answer {
  const make = PROBES[effect.about] as (one: Effect) => Probe | Answer;
  return make(effect);
}
