-- +goose Up
CREATE TABLE stremio_accounts (
  id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id    uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  email      text NOT NULL,
  auth_key   text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

-- One household may share an account between two users, but nobody adds the same one twice.
CREATE UNIQUE INDEX stremio_accounts_user_email_key ON stremio_accounts (user_id, lower(email));

CREATE TRIGGER stremio_accounts_touch BEFORE UPDATE ON stremio_accounts
  FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

-- +goose Down
DROP TABLE stremio_accounts;
