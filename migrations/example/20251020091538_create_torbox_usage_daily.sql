-- +goose Up

-- The usage page took nine seconds to count this. It is refreshed every night by a job.
CREATE MATERIALIZED VIEW torbox_usage_daily AS
SELECT (log.stream_started_at AT TIME ZONE 'UTC')::date AS day,
       s.pool_id,
       count(*) AS streams,
       count(DISTINCT log.user_id) AS users,
       sum(log.stream_ended_at - log.stream_started_at) AS watched
FROM torbox_concurrency_log AS log
JOIN torbox_slots AS s ON s.id = log.slot_id
GROUP BY 1, 2;

-- REFRESH with CONCURRENTLY needs a unique index.
CREATE UNIQUE INDEX torbox_usage_daily_key ON torbox_usage_daily (day, pool_id);

-- +goose Down
DROP MATERIALIZED VIEW torbox_usage_daily;
