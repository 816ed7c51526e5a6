import { comment, isNoMember, lines, owner } from './fragments.ts';
import type { Kind } from './kind.ts';
import { firing } from './triggers.ts';

export const eventTriggers: Kind = {
  names: ['event trigger'],
  catalog: 'pg_event_trigger',
  rows: ({ among }) => `
    SELECT 'event trigger' AS kind, e.oid, NULL::name AS schema, e.evtname AS name, NULL::text AS on_table, NULL::jsonb AS columns,
      ${lines(
        `format('CREATE EVENT TRIGGER %I ON %s', e.evtname, e.evtevent)`,
        `(SELECT format('WHEN TAG IN (%s)', string_agg(quote_literal(g), ', ' ORDER BY g COLLATE "C")) FROM unnest(e.evttags) g HAVING count(*) > 0)`,
        `'EXECUTE FUNCTION ' || e.evtfoid::regprocedure`,
        firing('e.evtenabled'),
        owner('e.evtowner'),
        comment('pg_event_trigger', 'e.oid'),
      )} AS definition
    FROM pg_event_trigger e WHERE ${isNoMember('pg_event_trigger', 'e.oid')} AND ${among('e.oid')}`,
};
