-- +goose Up

-- The configuration of an installed add-on. It used to sit in the manifest URL, which
-- some televisions cut off at 2000 characters.
CREATE TABLE stremio_userdata (
  key        text PRIMARY KEY CHECK (key ~ '^[a-z0-9]{12}$'),
  user_id    uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  addon      text NOT NULL,
  config     jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(config) = 'object'),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX stremio_userdata_user_id_idx ON stremio_userdata (user_id);

-- "Who still uses indexer X?": config @> '{"indexers": ["x"]}', the only question asked of it.
CREATE INDEX stremio_userdata_config_idx ON stremio_userdata USING gin (config jsonb_path_ops);

CREATE TRIGGER stremio_userdata_touch BEFORE UPDATE ON stremio_userdata
  FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

-- +goose Down
DROP TABLE stremio_userdata;
