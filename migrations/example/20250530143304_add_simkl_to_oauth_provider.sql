-- +goose Up

-- In a file of its own: a new value cannot be used before the transaction that added it has committed.
ALTER TYPE oauth_provider ADD VALUE 'simkl';

-- +goose Down
-- A value cannot be taken out of an enum, so the type is built anew without it.
DELETE FROM oauth_tokens WHERE provider::text = 'simkl';

ALTER TYPE oauth_provider RENAME TO oauth_provider_with_simkl;
CREATE TYPE oauth_provider AS ENUM ('trakt', 'google');

-- The default goes first: it is a constant of the old type.
ALTER TABLE oauth_tokens
  ALTER COLUMN provider DROP DEFAULT,
  ALTER COLUMN provider TYPE oauth_provider USING provider::text::oauth_provider,
  ALTER COLUMN provider SET DEFAULT 'trakt';

DROP TYPE oauth_provider_with_simkl;
