-- +goose Up

-- The first importer wrote 0 for a size it did not know. NOT VALID stops new zeros at once
-- and leaves the old rows for a later migration, when no importer holds them any more.
ALTER TABLE torrent_metadata
  ADD CONSTRAINT torrent_metadata_size_check CHECK (size_bytes > 0) NOT VALID;

-- +goose Down
ALTER TABLE torrent_metadata DROP CONSTRAINT torrent_metadata_size_check;
