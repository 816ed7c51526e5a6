-- +goose Up

-- The accounts that a new installation starts with.
INSERT INTO users (email, display_name, role) VALUES
  ('owner@example.com',    'Owner',       'owner'),
  ('operator@example.com', 'Operator',    'operator'),
  ('living@example.com',   'Living room', 'member'),
  ('kitchen@example.com',  'Kitchen',     'member');

INSERT INTO torbox_assignments (user_id, pool_key_id, assigned_at)
SELECT u.id, k.id, timestamptz '2025-02-19 13:00+00' + seed.nth * interval '5 minutes'
FROM (VALUES
  (1, 'owner@example.com',   'placeholder-north-1'),
  (2, 'living@example.com',  'placeholder-north-1'),
  (3, 'kitchen@example.com', 'placeholder-south-1')
) AS seed (nth, email, api_key)
JOIN users AS u ON u.email = seed.email
JOIN torbox_pool_keys AS k ON k.api_key = seed.api_key;

-- +goose Down
-- Their assignments go with them.
DELETE FROM users
WHERE email IN ('owner@example.com', 'operator@example.com', 'living@example.com', 'kitchen@example.com');
