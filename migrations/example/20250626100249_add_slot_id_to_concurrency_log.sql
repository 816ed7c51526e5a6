-- +goose Up
ALTER TABLE torbox_concurrency_log
  ALTER COLUMN pool_key_id DROP NOT NULL,
  ADD COLUMN slot_id uuid REFERENCES torbox_slots (id) ON DELETE SET NULL;

-- Nobody wrote down seats before there were any: the slot a user has now stands for all of them.
UPDATE torbox_concurrency_log AS log
SET slot_id = a.slot_id
FROM torbox_assignments AS a
WHERE a.user_id = log.user_id
  AND a.pool_key_id = log.pool_key_id
  AND a.slot_id IS NOT NULL;

CREATE INDEX torbox_concurrency_log_slot_id_idx ON torbox_concurrency_log (slot_id);

-- +goose Down
ALTER TABLE torbox_concurrency_log DROP COLUMN slot_id;

-- Streams of the slot era have no key to go back to.
DELETE FROM torbox_concurrency_log WHERE pool_key_id IS NULL;
ALTER TABLE torbox_concurrency_log ALTER COLUMN pool_key_id SET NOT NULL;
