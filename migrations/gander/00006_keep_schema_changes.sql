-- What each migration changed in the schema, by every object's definition from one change to the next.

-- +goose Up
CREATE TABLE gander.schema_changes (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  history_table text NOT NULL,
  -- NULL: found when a run began; something else than a migration had done it
  version bigint,
  direction text CHECK (direction IN ('up', 'down')),
  run_id bigint NOT NULL REFERENCES gander.runs (id),
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- why it is not known what was changed; the next one has it as well then
  problem text,
  -- Whatever is older than this transaction was looked at, in the database that the other tells from those that it may have
  -- been copied from or to; NULL: not everything was.
  seen_until xid8,
  seen_in text
);

CREATE INDEX schema_changes_of_version ON gander.schema_changes (history_table, version, id DESC);

-- A row for each definition that an object has had, with the changes that it came and went with: what a change did are
-- the rows that begin and end with it, and the schema after it are those that have begun and not ended by then.
CREATE TABLE gander.schema_objects (
  since bigint NOT NULL,
  -- NULL: it has it now
  until bigint,
  kind text NOT NULL,
  oid oid NOT NULL,
  schema text,
  name text NOT NULL,
  on_table text,
  columns jsonb,
  definition text NOT NULL,
  PRIMARY KEY (since, kind, oid)
);

CREATE INDEX schema_objects_now ON gander.schema_objects (oid) WHERE until IS NULL;
CREATE INDEX schema_objects_until ON gander.schema_objects (until) WHERE until IS NOT NULL;

-- +goose Down
DROP TABLE gander.schema_objects;
DROP TABLE gander.schema_changes;
