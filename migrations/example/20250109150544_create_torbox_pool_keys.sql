-- +goose Up

-- A subscription may hold several API keys. The proxy picks the one that has rested longest.
CREATE TABLE torbox_pool_keys (
  id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  pool_id      uuid NOT NULL REFERENCES torbox_pool (id) ON DELETE CASCADE,
  api_key      text NOT NULL UNIQUE,
  is_active    boolean NOT NULL DEFAULT true,
  last_used_at timestamptz,
  created_at   timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX torbox_pool_keys_pool_id_idx ON torbox_pool_keys (pool_id);

-- +goose Down
DROP TABLE IF EXISTS torbox_pool_keys;
