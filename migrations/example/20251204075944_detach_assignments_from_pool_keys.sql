-- +goose Up

-- The farewell to torbox_pool_keys begins: nothing points to it any more. The id of the key
-- stays in the row, because support still has to explain old assignments. (IF EXISTS: after a
-- rollback from beyond the drop of the keys there is no foreign key to take away.)
ALTER TABLE torbox_assignments DROP CONSTRAINT IF EXISTS torbox_assignments_pool_key_id_fkey;
ALTER TABLE torbox_assignments RENAME COLUMN pool_key_id TO legacy_key_id;

-- Who still holds a key without a slot has not played anything since June.
UPDATE torbox_assignments SET released_at = now() WHERE released_at IS NULL AND slot_id IS NULL;

-- This also keeps a slot from being deleted under the user who holds it.
ALTER TABLE torbox_assignments
  ADD CONSTRAINT torbox_assignments_open_slot_check CHECK (slot_id IS NOT NULL OR released_at IS NOT NULL);

-- +goose Down
ALTER TABLE torbox_assignments DROP CONSTRAINT torbox_assignments_open_slot_check;
ALTER TABLE torbox_assignments RENAME COLUMN legacy_key_id TO pool_key_id;

-- The keys may be gone for good by now (see 20251216103045); then there is nothing to point to.
-- +goose StatementBegin
DO $$
BEGIN
  IF to_regclass('torbox_pool_keys') IS NOT NULL THEN
    UPDATE torbox_assignments AS a SET pool_key_id = NULL
    WHERE NOT EXISTS (SELECT FROM torbox_pool_keys AS k WHERE k.id = a.pool_key_id);

    ALTER TABLE torbox_assignments ADD CONSTRAINT torbox_assignments_pool_key_id_fkey
      FOREIGN KEY (pool_key_id) REFERENCES torbox_pool_keys (id) ON DELETE SET NULL;
  END IF;
END;
$$;
-- +goose StatementEnd
