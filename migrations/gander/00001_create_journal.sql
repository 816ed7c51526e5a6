-- The journal: what Gander ran, when, by whom, and with what result.
-- `history_table` says whose run it was: one database may hold the histories of several services.

-- +goose Up
CREATE TABLE gander.runs (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  history_table text NOT NULL,
  direction text NOT NULL CHECK (direction IN ('up', 'down')),
  target bigint,
  actor text NOT NULL,
  state text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'done', 'failed', 'interrupted')),
  backend_pid integer NOT NULL,
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  finished_at timestamptz
);

CREATE INDEX runs_newest ON gander.runs (history_table, id DESC);

-- One row for each migration of a run's plan, written before the first of them starts.
CREATE TABLE gander.steps (
  run_id bigint NOT NULL REFERENCES gander.runs (id),
  position integer NOT NULL,
  version bigint NOT NULL,
  name text NOT NULL,
  action text NOT NULL CHECK (action IN ('run', 'forget', 'clear')),
  transaction boolean NOT NULL,
  state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'done', 'failed', 'not run')),
  checksum text,
  sql text,
  started_at timestamptz,
  took_ms double precision,
  failure jsonb,
  PRIMARY KEY (run_id, position)
);

CREATE INDEX steps_of_version ON gander.steps (version, run_id DESC);

CREATE TABLE gander.statements (
  run_id bigint NOT NULL,
  step integer NOT NULL,
  position integer NOT NULL,
  line integer NOT NULL,
  kind text NOT NULL,
  object text,
  state text NOT NULL CHECK (state IN ('running', 'done', 'failed')),
  took_ms double precision,
  row_count bigint,
  notices jsonb NOT NULL DEFAULT '[]',
  PRIMARY KEY (run_id, step, position),
  FOREIGN KEY (run_id, step) REFERENCES gander.steps (run_id, position)
);

-- What is applied, with the text that ran: written in the migration's own transaction.
CREATE TABLE gander.applied (
  history_table text NOT NULL,
  version bigint NOT NULL,
  name text NOT NULL,
  file text NOT NULL,
  sql text NOT NULL,
  checksum text NOT NULL,
  run_id bigint NOT NULL,
  -- the id of its row in goose's table, '' in Gander's own: another id means that something else has applied it since
  history_id text NOT NULL,
  actor text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  took_ms double precision,
  PRIMARY KEY (history_table, version)
);

-- What is dirty now, and what is known of it. Goose's own table has no place for this.
CREATE TABLE gander.dirty (
  history_table text NOT NULL,
  version bigint NOT NULL,
  kind text NOT NULL CHECK (kind IN ('rolled back', 'partial', 'in doubt')),
  direction text NOT NULL CHECK (direction IN ('up', 'down')),
  run_id bigint NOT NULL,
  step integer NOT NULL,
  since timestamptz NOT NULL DEFAULT clock_timestamp(),
  failure jsonb,
  PRIMARY KEY (history_table, version)
);

-- +goose Down
DROP TABLE gander.dirty;
DROP TABLE gander.applied;
DROP TABLE gander.statements;
DROP TABLE gander.steps;
DROP TABLE gander.runs;
