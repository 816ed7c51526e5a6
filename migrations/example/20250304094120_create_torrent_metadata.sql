-- +goose Up

-- Trackers send hashes in either case. Only the lower one is stored, so that equal means equal.
CREATE DOMAIN info_hash AS text CHECK (VALUE ~ '^[0-9a-f]{40}$');

CREATE TABLE torrent_metadata (
  hash          info_hash PRIMARY KEY,
  name          text NOT NULL,
  size_bytes    bigint,
  seeders       integer NOT NULL DEFAULT 0,
  discovered_at timestamptz NOT NULL DEFAULT now()
);

INSERT INTO torrent_metadata (hash, name, size_bytes, seeders) VALUES
  ('3f0c9a5be1d7428660b1f4a9d2c85e7701a6b3d4', 'Nosferatu.1922.1080p',          2147483648, 41),
  ('a81d27f60c3be59944d0a7716e2f8bc5930fd128', 'Metropolis.1927.Restored.720p', 3758096384, 67),
  ('06e4b7d19fa2c35880e1d6f4b7a90c2d531e8f7a', 'The.General.1926.1080p',        0,          12);

-- +goose Down
DROP TABLE torrent_metadata;
DROP DOMAIN info_hash;
