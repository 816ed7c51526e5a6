-- +goose Up

-- The token lives in oauth_tokens; without it the account is only a name, so it goes too.
CREATE TABLE trakt_accounts (
  id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  token_id   uuid NOT NULL UNIQUE REFERENCES oauth_tokens (id) ON DELETE CASCADE,
  username   text NOT NULL UNIQUE,
  is_vip     boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TRIGGER trakt_accounts_touch BEFORE UPDATE ON trakt_accounts
  FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

-- +goose Down
DROP TABLE trakt_accounts;
