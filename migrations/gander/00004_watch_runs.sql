-- What people do about a run while it is going on, and more of what its page shows of a step.

-- +goose Up
CREATE TABLE gander.actions (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  run_id bigint NOT NULL REFERENCES gander.runs (id),
  kind text NOT NULL CHECK (kind IN ('cancel', 'end session')),
  actor text NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- the session that was ended: process, user, application, address
  session jsonb
);

CREATE INDEX actions_of_run ON gander.actions (run_id);

-- Runs that say they are going on are looked for now and again: there is one at most.
CREATE INDEX runs_running ON gander.runs (id) WHERE state = 'running';

-- Its file's name, and how many statements are run of it; unknown (NULL) of runs before this.
ALTER TABLE gander.steps ADD COLUMN file text, ADD COLUMN statements integer;

-- +goose Down
DROP INDEX gander.runs_running;
ALTER TABLE gander.steps DROP COLUMN statements, DROP COLUMN file;
DROP TABLE gander.actions;
