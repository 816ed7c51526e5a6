-- How dirty migrations were got out of it: each resolution is a run, and this is why it was made.

-- +goose Up
CREATE TABLE gander.resolutions (
  run_id bigint PRIMARY KEY REFERENCES gander.runs (id),
  version bigint NOT NULL,
  way text NOT NULL CHECK (way IN ('repair', 'resume', 'retry', 'down', 'applied', 'not applied')),
  -- in words: `Go on with statement 3`
  label text NOT NULL,
  reason text,
  -- what had been found before, in a sentence
  conclusion text NOT NULL,
  -- the statements of which the database said otherwise
  overruled integer[] NOT NULL
);

-- `repair`: an invalid index dropped or rebuilt, a constraint validated, before a dirty migration goes on.
ALTER TABLE gander.steps
  DROP CONSTRAINT steps_action_check,
  ADD CONSTRAINT steps_action_check CHECK (action IN ('run', 'forget', 'clear', 'mark', 'repair'));

-- +goose Down
DROP TABLE gander.resolutions;
DELETE FROM gander.statements t USING gander.steps s
WHERE t.run_id = s.run_id AND t.step = s.position AND s.action = 'repair';
DELETE FROM gander.steps WHERE action = 'repair';
ALTER TABLE gander.steps
  DROP CONSTRAINT steps_action_check,
  ADD CONSTRAINT steps_action_check CHECK (action IN ('run', 'forget', 'clear', 'mark'));
