-- +goose NO TRANSACTION

-- +goose Up

-- The log is written to all day, so its index is built without locking it. A build that is
-- interrupted leaves an invalid index behind; dropping that first lets this file run again.
DROP INDEX CONCURRENTLY IF EXISTS torbox_concurrency_log_user_idx;

CREATE INDEX CONCURRENTLY torbox_concurrency_log_user_idx
  ON torbox_concurrency_log (user_id, stream_started_at DESC);

-- +goose Down
DROP INDEX CONCURRENTLY IF EXISTS torbox_concurrency_log_user_idx;
