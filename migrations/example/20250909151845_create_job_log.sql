-- +goose Up
CREATE TYPE job_status AS ENUM ('running', 'done', 'failed');

-- By quarter: last year's jobs then leave with a DROP TABLE instead of a DELETE that runs all night.
CREATE TABLE job_log (
  id          uuid NOT NULL DEFAULT gen_random_uuid(),
  job         text NOT NULL,
  status      job_status NOT NULL DEFAULT 'running',
  started_at  timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz,
  error       text,
  PRIMARY KEY (id, started_at),
  CONSTRAINT job_log_error_check CHECK (error IS NULL OR status = 'failed')
) PARTITION BY RANGE (started_at);

-- The offset is written out, or a quarter would begin at midnight of whoever runs this.
CREATE TABLE job_log_2025_q3 PARTITION OF job_log
  FOR VALUES FROM ('2025-07-01 00:00+00') TO ('2025-10-01 00:00+00');
CREATE TABLE job_log_2025_q4 PARTITION OF job_log
  FOR VALUES FROM ('2025-10-01 00:00+00') TO ('2026-01-01 00:00+00');

-- Forgetting to add a quarter must not stop a job from being logged.
CREATE TABLE job_log_default PARTITION OF job_log DEFAULT;

CREATE INDEX job_log_job_idx ON job_log (job, started_at DESC);

-- +goose Down
DROP TABLE job_log;
DROP TYPE job_status;
