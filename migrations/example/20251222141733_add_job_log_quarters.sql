-- +goose Up

-- Rows of the new quarter may already be in the default partition, and with them there
-- PostgreSQL refuses to attach another one: move them first.
-- +goose StatementBegin
CREATE FUNCTION add_job_log_quarter(first_day date) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  quarter text := 'job_log_' || to_char(first_day, 'YYYY"_q"Q');
  starts timestamptz := first_day::timestamp AT TIME ZONE 'UTC';
  ends timestamptz := (first_day + interval '3 months') AT TIME ZONE 'UTC';
BEGIN
  EXECUTE format('CREATE TABLE %I (LIKE job_log INCLUDING ALL)', quarter);
  EXECUTE format(
    'WITH moved AS (DELETE FROM job_log_default WHERE started_at >= %L AND started_at < %L RETURNING *)
     INSERT INTO %I SELECT * FROM moved', starts, ends, quarter);
  EXECUTE format(
    'ALTER TABLE job_log ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', quarter, starts, ends);
END;
$$;
-- +goose StatementEnd

SELECT add_job_log_quarter('2026-01-01');
SELECT add_job_log_quarter('2026-04-01');

-- +goose Down
-- Detached rows that are put back in land in the default partition.
ALTER TABLE job_log DETACH PARTITION job_log_2026_q1;
ALTER TABLE job_log DETACH PARTITION job_log_2026_q2;
INSERT INTO job_log SELECT * FROM job_log_2026_q1 UNION ALL SELECT * FROM job_log_2026_q2;
DROP TABLE job_log_2026_q1, job_log_2026_q2;
DROP FUNCTION add_job_log_quarter(date);
