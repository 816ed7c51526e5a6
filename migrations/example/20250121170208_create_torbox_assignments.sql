-- +goose Up

-- Who streams with which key. SET NULL: the history of an assignment outlives its key.
CREATE TABLE torbox_assignments (
  id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id     uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  pool_key_id uuid REFERENCES torbox_pool_keys (id) ON DELETE SET NULL,
  assigned_at timestamptz NOT NULL DEFAULT now(),
  released_at timestamptz,
  CONSTRAINT torbox_assignments_order_check CHECK (released_at >= assigned_at)
);

-- A user may have many past assignments and at most one open.
CREATE UNIQUE INDEX torbox_assignments_open_key
  ON torbox_assignments (user_id) WHERE released_at IS NULL;

-- +goose Down
DROP TABLE torbox_assignments;
