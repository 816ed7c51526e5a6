-- +goose Up

-- SKIP LOCKED: twenty players that start at once each take another slot instead of queueing for one.
-- +goose StatementBegin
CREATE FUNCTION claim_torbox_slot(claimant uuid) RETURNS uuid
LANGUAGE plpgsql AS $$
DECLARE
  claimed uuid;
BEGIN
  UPDATE torbox_slots SET state = 'busy'
  WHERE id = (
    SELECT id FROM torbox_slots
    WHERE state = 'free'
    ORDER BY free_since
    LIMIT 1
    FOR UPDATE SKIP LOCKED
  )
  RETURNING id INTO claimed;

  IF claimed IS NOT NULL THEN
    INSERT INTO torbox_assignments (user_id, slot_id) VALUES (claimant, claimed);
  END IF;
  RETURN claimed;  -- null: every slot is taken
END;
$$;
-- +goose StatementEnd

-- One statement, so that a slot is never free while its assignment is still open.
CREATE FUNCTION release_torbox_slot(released uuid) RETURNS void
LANGUAGE sql AS $$
  WITH closed AS (
    UPDATE torbox_assignments SET released_at = now()
    WHERE slot_id = released AND released_at IS NULL
  )
  UPDATE torbox_slots SET state = 'free', free_since = now()
  WHERE id = released AND state = 'busy'
$$;

-- +goose Down
DROP FUNCTION release_torbox_slot(uuid);
DROP FUNCTION claim_torbox_slot(uuid);
