-- +goose Up

-- On 30 March the clocks moved and an hour of streams overlapped with itself.
-- The servers have always run on UTC, so that is what the old values mean.
ALTER TABLE torbox_concurrency_log
  ALTER COLUMN stream_started_at TYPE timestamptz USING stream_started_at AT TIME ZONE 'UTC',
  ALTER COLUMN stream_ended_at TYPE timestamptz USING stream_ended_at AT TIME ZONE 'UTC';

-- +goose Down
ALTER TABLE torbox_concurrency_log
  ALTER COLUMN stream_started_at TYPE timestamp USING stream_started_at AT TIME ZONE 'UTC',
  ALTER COLUMN stream_ended_at TYPE timestamp USING stream_ended_at AT TIME ZONE 'UTC';
