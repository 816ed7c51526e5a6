-- +goose Up
ALTER TABLE torbox_assignments
  ADD COLUMN slot_id uuid REFERENCES torbox_slots (id) ON DELETE SET NULL;

-- The first to come on a key gets its first seat, the second the second. Whoever finds no
-- seat left keeps the key alone, and gets a slot the next time they press play.
WITH queue AS (
  SELECT a.id, k.api_key,
         row_number() OVER (PARTITION BY k.id ORDER BY a.assigned_at, a.id) AS seat
  FROM torbox_assignments AS a
  JOIN torbox_pool_keys AS k ON k.id = a.pool_key_id
  WHERE a.released_at IS NULL
)
UPDATE torbox_assignments AS a
SET slot_id = s.id
FROM queue AS q
JOIN torbox_slots AS s ON s.api_key = q.api_key AND s.seat = q.seat
WHERE a.id = q.id AND s.state = 'free';

UPDATE torbox_slots AS s
SET state = 'busy'
FROM torbox_assignments AS a
WHERE a.slot_id = s.id AND a.released_at IS NULL;

-- The promise that keys never kept.
CREATE UNIQUE INDEX torbox_assignments_open_slot_key
  ON torbox_assignments (slot_id) WHERE released_at IS NULL;

-- +goose Down
UPDATE torbox_slots SET state = 'free' WHERE state = 'busy';
ALTER TABLE torbox_assignments DROP COLUMN slot_id;
