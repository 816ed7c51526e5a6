-- +goose Up

-- Deleting a user took their log along, and with it a month of usage that had to be accounted for.
ALTER TABLE users ADD COLUMN deleted_at timestamptz;

-- Who has left may come back with the same address.
DROP INDEX users_email_key;
CREATE UNIQUE INDEX users_email_key ON users (lower(email)) WHERE deleted_at IS NULL;

-- +goose Down
-- Before this migration a deleted user was a deleted row.
DELETE FROM users WHERE deleted_at IS NOT NULL;
DROP INDEX users_email_key;
ALTER TABLE users DROP COLUMN deleted_at;
CREATE UNIQUE INDEX users_email_key ON users (lower(email));
