-- +goose Up
CREATE TYPE oauth_provider AS ENUM ('trakt', 'google');

CREATE TABLE oauth_tokens (
  id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id    uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  provider   oauth_provider NOT NULL DEFAULT 'trakt',
  token      text NOT NULL,
  refresh    text,
  scopes     text[] NOT NULL DEFAULT '{}',
  expires_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (user_id, provider)
);

CREATE TRIGGER oauth_tokens_touch BEFORE UPDATE ON oauth_tokens
  FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

-- The refresher asks every minute for what runs out soon, and only for what it can refresh.
CREATE INDEX oauth_tokens_refreshable_idx ON oauth_tokens (expires_at) WHERE refresh IS NOT NULL;

-- +goose Down
DROP TABLE oauth_tokens;
DROP TYPE oauth_provider;
