-- +goose Up

-- Placeholder keys: the real ones are put in by the operator and are never in the repository.
INSERT INTO torbox_pool (label, plan, streams_per_key) VALUES
  ('north', 'pro', 3),
  ('south', 'standard', 2);

INSERT INTO torbox_pool_keys (pool_id, api_key)
SELECT pool.id, seed.api_key
FROM torbox_pool AS pool
JOIN (VALUES
  ('north', 'placeholder-north-1'),
  ('north', 'placeholder-north-2'),
  ('south', 'placeholder-south-1')
) AS seed (label, api_key) USING (label);

-- +goose Down
-- The keys go with their pool (ON DELETE CASCADE).
DELETE FROM torbox_pool WHERE label IN ('north', 'south');
