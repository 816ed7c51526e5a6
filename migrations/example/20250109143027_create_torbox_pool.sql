-- +goose Up

-- One row for each TorBox subscription that we pay for.
CREATE TABLE torbox_pool (
  id              uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  label           text NOT NULL UNIQUE,
  plan            text NOT NULL CHECK (plan IN ('essential', 'standard', 'pro')),
  streams_per_key smallint NOT NULL CHECK (streams_per_key BETWEEN 1 AND 10),
  is_active       boolean NOT NULL DEFAULT true,
  created_at      timestamptz NOT NULL DEFAULT now(),
  updated_at      timestamptz NOT NULL DEFAULT now()
);

CREATE TRIGGER torbox_pool_touch BEFORE UPDATE ON torbox_pool
  FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

-- +goose Down
DROP TABLE torbox_pool;
