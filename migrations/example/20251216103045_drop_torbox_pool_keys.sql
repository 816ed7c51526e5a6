-- +goose Up

-- Every key became slots in June, and since then new ones are added as slots only. Better to stop
-- here than to lose one that somebody added the old way.
-- +goose StatementBegin
DO $$
DECLARE
  forgotten bigint;
BEGIN
  IF to_regclass('torbox_pool_keys') IS NULL THEN
    RETURN;  -- this migration ran before, and its rollback did not bring the table back
  END IF;

  SELECT count(*) INTO forgotten
  FROM torbox_pool_keys AS k
  WHERE k.is_active AND NOT EXISTS (SELECT FROM torbox_slots AS s WHERE s.api_key = k.api_key);

  IF forgotten > 0 THEN
    RAISE EXCEPTION '% active keys in torbox_pool_keys have no slot', forgotten
      USING HINT = 'Add them to torbox_slots or switch them off, then run this migration again.';
  END IF;
END;
$$;
-- +goose StatementEnd

DROP TABLE IF EXISTS torbox_pool_keys;

-- +goose Down
-- The table could be created again, but not the keys that were in it: error counts and last uses
-- are nowhere else. To get them back, restore a backup from before this migration.
