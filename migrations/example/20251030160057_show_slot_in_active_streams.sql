-- +goose Up

-- REPLACE can only add columns at the end, which keeps every query that uses the view working.
CREATE OR REPLACE VIEW active_streams AS
SELECT log.id, log.user_id, u.display_name, log.stream_started_at,
       p.label AS pool, s.seat
FROM torbox_concurrency_log AS log
JOIN users AS u ON u.id = log.user_id
LEFT JOIN torbox_slots AS s ON s.id = log.slot_id
LEFT JOIN torbox_pool AS p ON p.id = s.pool_id
WHERE log.stream_ended_at IS NULL
  AND log.stream_started_at > now() - interval '12 hours';

-- +goose Down
-- ... and cannot take them away again.
DROP VIEW active_streams;
CREATE VIEW active_streams AS
SELECT log.id, log.user_id, u.display_name, log.stream_started_at
FROM torbox_concurrency_log AS log
JOIN users AS u ON u.id = log.user_id
WHERE log.stream_ended_at IS NULL
  AND log.stream_started_at > now() - interval '12 hours';
