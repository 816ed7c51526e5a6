-- +goose Up

-- Proof of how many streams ran at once, for when TorBox asks. No foreign key on
-- pool_key_id: the log must keep the keys that have been thrown away since.
CREATE TABLE torbox_concurrency_log (
  id                uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  pool_key_id       uuid NOT NULL,
  user_id           uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  stream_started_at timestamp NOT NULL DEFAULT now(),
  stream_ended_at   timestamp,
  CONSTRAINT torbox_concurrency_log_order_check CHECK (stream_ended_at >= stream_started_at)
);

CREATE INDEX torbox_concurrency_log_running_idx
  ON torbox_concurrency_log (pool_key_id) WHERE stream_ended_at IS NULL;

-- Two weeks of evenings, read back from the access log: one stream a day for every open assignment.
INSERT INTO torbox_concurrency_log (pool_key_id, user_id, stream_started_at, stream_ended_at)
SELECT a.pool_key_id, a.user_id, evening, evening + interval '95 minutes'
FROM torbox_assignments AS a
CROSS JOIN generate_series(timestamp '2025-03-04 19:30', '2025-03-17 19:30', '1 day') AS evening
WHERE a.released_at IS NULL;

-- +goose Down
DROP TABLE torbox_concurrency_log;
