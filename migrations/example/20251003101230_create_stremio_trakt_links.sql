-- +goose Up
CREATE TYPE sync_direction AS ENUM ('to_trakt', 'to_stremio', 'both');

-- What is watched on one side is marked as watched on the other.
CREATE TABLE stremio_trakt_links (
  stremio_account_id uuid REFERENCES stremio_accounts (id) ON DELETE CASCADE,
  trakt_account_id   uuid REFERENCES trakt_accounts (id) ON DELETE CASCADE,
  direction          sync_direction NOT NULL DEFAULT 'both',
  is_paused          boolean NOT NULL DEFAULT false,
  last_synced_at     timestamptz,
  PRIMARY KEY (stremio_account_id, trakt_account_id)
);

-- The primary key does not help to find links from the Trakt side, nor does it its cascade.
CREATE INDEX stremio_trakt_links_trakt_idx ON stremio_trakt_links (trakt_account_id);

CREATE INDEX stremio_trakt_links_due_idx
  ON stremio_trakt_links (last_synced_at NULLS FIRST) WHERE NOT is_paused;

-- +goose Down
DROP TABLE stremio_trakt_links;
DROP TYPE sync_direction;
