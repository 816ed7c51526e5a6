-- +goose Up

-- A key that TorBox has blocked was handed out again and again: count its errors and skip it.
ALTER TABLE torbox_pool_keys
  ADD COLUMN error_count integer NOT NULL DEFAULT 0 CHECK (error_count >= 0),
  ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now();

CREATE TRIGGER torbox_pool_keys_touch BEFORE UPDATE ON torbox_pool_keys
  FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

-- NULLS FIRST: a key that was never used is the one that has rested longest.
CREATE INDEX torbox_pool_keys_rested_idx
  ON torbox_pool_keys (last_used_at NULLS FIRST) WHERE is_active AND error_count < 5;

-- +goose Down
DROP INDEX IF EXISTS torbox_pool_keys_rested_idx;
DROP TRIGGER IF EXISTS torbox_pool_keys_touch ON torbox_pool_keys;
ALTER TABLE IF EXISTS torbox_pool_keys
  DROP COLUMN updated_at,
  DROP COLUMN error_count;
