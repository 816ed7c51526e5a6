-- +goose Up

-- "token" was read as the refresh token once too often. The index on refresh follows by itself.
ALTER TABLE oauth_tokens RENAME COLUMN token TO access_token;
ALTER TABLE oauth_tokens RENAME COLUMN refresh TO refresh_token;

-- +goose Down
ALTER TABLE oauth_tokens RENAME COLUMN refresh_token TO refresh;
ALTER TABLE oauth_tokens RENAME COLUMN access_token TO token;
