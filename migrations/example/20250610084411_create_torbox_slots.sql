-- +goose Up

-- A key was given to whoever came, and three people on one key got each other banned.
-- A slot is one stream on one key, and one user holds it at a time.
CREATE TYPE slot_state AS ENUM ('free', 'busy', 'cooling', 'disabled');

CREATE TABLE torbox_slots (
  id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  pool_id    uuid NOT NULL REFERENCES torbox_pool (id) ON DELETE CASCADE,
  api_key    text NOT NULL,
  seat       smallint NOT NULL CHECK (seat >= 1),
  state      slot_state NOT NULL DEFAULT 'free',
  free_since timestamptz NOT NULL DEFAULT now(),
  UNIQUE (api_key, seat)
);

CREATE INDEX torbox_slots_free_idx ON torbox_slots (free_since) WHERE state = 'free';

-- Every key becomes as many slots as its subscription allows streams.
INSERT INTO torbox_slots (pool_id, api_key, seat, state)
SELECT k.pool_id, k.api_key, seat,
       CASE WHEN k.is_active THEN 'free' ELSE 'disabled' END::slot_state
FROM torbox_pool_keys AS k
JOIN torbox_pool AS p ON p.id = k.pool_id
CROSS JOIN generate_series(1, p.streams_per_key) AS seat;

-- +goose Down
DROP TABLE torbox_slots;
DROP TYPE slot_state;
