-- +goose Up
CREATE TYPE notification_level AS ENUM ('info', 'warning', 'urgent');

CREATE TABLE notifications (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id    uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  level      notification_level NOT NULL DEFAULT 'info',
  message    text NOT NULL CHECK (length(message) BETWEEN 1 AND 500),
  created_at timestamptz NOT NULL DEFAULT now(),
  read_at    timestamptz
);

-- The bell in the corner counts unread ones on every page; read ones are never looked up.
CREATE INDEX notifications_unread_idx ON notifications (user_id) WHERE read_at IS NULL;

INSERT INTO notifications (user_id, message)
SELECT id, 'From now on you will hear here about keys that stop working.'
FROM users
WHERE role IN ('operator', 'owner');

-- +goose Down
DROP TABLE notifications;
DROP TYPE notification_level;
