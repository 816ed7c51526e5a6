-- +goose Up

-- A player that is switched off never says goodbye: after twelve hours a stream counts as over.
CREATE VIEW active_streams AS
SELECT log.id, log.user_id, u.display_name, log.stream_started_at
FROM torbox_concurrency_log AS log
JOIN users AS u ON u.id = log.user_id
WHERE log.stream_ended_at IS NULL
  AND log.stream_started_at > now() - interval '12 hours';

-- +goose Down
DROP VIEW active_streams;
