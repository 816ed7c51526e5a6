-- Who may use the dashboard, and who is signed in.

-- +goose Up
CREATE TABLE gander.users (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  email text NOT NULL,
  role text NOT NULL CHECK (role IN ('viewer', 'operator', 'admin')),
  password_hash text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  disabled_at timestamptz
);

CREATE UNIQUE INDEX users_email ON gander.users (lower(email));

-- The cookie's value is a secret: only its hash is kept.
CREATE TABLE gander.sessions (
  id_hash bytea PRIMARY KEY,
  user_id bigint REFERENCES gander.users (id) ON DELETE CASCADE,
  data jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at timestamptz NOT NULL
);

CREATE INDEX sessions_expires_at ON gander.sessions (expires_at);

-- Codes printed on the console for the first administrator; gone once one has been used.
CREATE TABLE gander.setup_codes (
  code_hash bytea PRIMARY KEY,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- +goose Down
DROP TABLE gander.setup_codes;
DROP TABLE gander.sessions;
DROP TABLE gander.users;
