-- +goose Up

CREATE TABLE rate_limit_rules (
  route      text PRIMARY KEY,
  per_minute integer NOT NULL CHECK (per_minute > 0),
  burst      integer NOT NULL DEFAULT 0 CHECK (burst >= 0)
);

INSERT INTO rate_limit_rules (route, per_minute, burst) VALUES
  ('catalog',  120, 40),
  ('stream',    30, 10),
  ('manifest', 240,  0);

-- UNLOGGED: written at every request, and a crash that forgets the last minute's counts harms nobody.
CREATE UNLOGGED TABLE rate_limit_hits (
  route        text NOT NULL REFERENCES rate_limit_rules (route) ON UPDATE CASCADE ON DELETE CASCADE,
  client       inet NOT NULL,
  window_start timestamptz NOT NULL,
  hits         integer NOT NULL DEFAULT 1,
  PRIMARY KEY (route, client, window_start)
);

-- +goose Down
DROP TABLE rate_limit_hits;
DROP TABLE rate_limit_rules;
