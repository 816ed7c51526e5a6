-- +goose Up
UPDATE torrent_metadata SET size_bytes = NULL WHERE size_bytes = 0;

-- Reads the whole table, but lets others write to it meanwhile.
ALTER TABLE torrent_metadata VALIDATE CONSTRAINT torrent_metadata_size_check;

-- +goose Down
-- A constraint cannot be made invalid again, only put back as it was. The nulls stay:
-- they are right under both rules.
ALTER TABLE torrent_metadata DROP CONSTRAINT torrent_metadata_size_check;
ALTER TABLE torrent_metadata
  ADD CONSTRAINT torrent_metadata_size_check CHECK (size_bytes > 0) NOT VALID;
