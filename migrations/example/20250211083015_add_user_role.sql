-- +goose Up
CREATE TYPE user_role AS ENUM ('member', 'operator', 'owner');

ALTER TABLE users ADD COLUMN role user_role NOT NULL DEFAULT 'member';

-- There is one owner; handing the service over means changing two rows in one transaction.
CREATE UNIQUE INDEX users_one_owner_key ON users (role) WHERE role = 'owner';

-- +goose Down
ALTER TABLE users DROP COLUMN role;
DROP TYPE user_role;
