-- Every text that ran is kept once, under its checksum; a step and what is applied name it by that.
-- A statement's row may stand for several that went to the server in one message.

-- +goose Up
CREATE TABLE gander.texts (
  checksum text PRIMARY KEY,
  sql text NOT NULL
);

INSERT INTO gander.texts (checksum, sql)
SELECT checksum, sql FROM gander.applied
UNION
SELECT checksum, sql FROM gander.steps WHERE checksum IS NOT NULL AND sql IS NOT NULL
ON CONFLICT DO NOTHING;

ALTER TABLE gander.applied DROP COLUMN sql;
ALTER TABLE gander.steps DROP COLUMN sql;

-- `mark`: recorded as applied, nothing was run.
ALTER TABLE gander.steps
  DROP CONSTRAINT steps_action_check,
  ADD CONSTRAINT steps_action_check CHECK (action IN ('run', 'forget', 'clear', 'mark'));

-- `open`: done within a transaction of the file's own, and undone unless that is committed.
-- `earlier`: done by the run that this one goes on from.
ALTER TABLE gander.statements
  ADD COLUMN count integer NOT NULL DEFAULT 1,
  DROP CONSTRAINT statements_state_check,
  ADD CONSTRAINT statements_state_check CHECK (state IN ('running', 'open', 'done', 'failed', 'earlier'));

-- +goose Down
-- What the older journal has no word for is told by the nearest one that it has.
UPDATE gander.statements SET state = 'done' WHERE state = 'earlier';
UPDATE gander.steps SET action = 'clear' WHERE action = 'mark';
ALTER TABLE gander.statements
  DROP COLUMN count,
  DROP CONSTRAINT statements_state_check,
  ADD CONSTRAINT statements_state_check CHECK (state IN ('running', 'done', 'failed'));
ALTER TABLE gander.steps
  DROP CONSTRAINT steps_action_check,
  ADD CONSTRAINT steps_action_check CHECK (action IN ('run', 'forget', 'clear'));
ALTER TABLE gander.steps ADD COLUMN sql text;
UPDATE gander.steps s SET sql = t.sql FROM gander.texts t WHERE t.checksum = s.checksum;
ALTER TABLE gander.applied ADD COLUMN sql text;
UPDATE gander.applied a SET sql = t.sql FROM gander.texts t WHERE t.checksum = a.checksum;
ALTER TABLE gander.applied ALTER COLUMN sql SET NOT NULL;
DROP TABLE gander.texts;
