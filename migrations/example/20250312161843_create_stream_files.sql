-- +goose Up

-- The playable files inside a torrent.
CREATE TABLE stream_files (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  hash       info_hash NOT NULL,
  file_index integer NOT NULL,
  path       text NOT NULL,
  size_bytes bigint,
  season     smallint,
  episode    smallint,
  CONSTRAINT stream_files_hash_fkey
    FOREIGN KEY (hash) REFERENCES torrent_metadata (hash) ON DELETE CASCADE,
  CONSTRAINT stream_files_hash_file_index_key UNIQUE (hash, file_index),
  CONSTRAINT stream_files_episode_check CHECK (episode IS NULL OR season IS NOT NULL)
);

-- A single-file torrent is its own file.
INSERT INTO stream_files (hash, file_index, path, size_bytes)
SELECT hash, 0, name || '.mkv', nullif(size_bytes, 0) FROM torrent_metadata;

-- +goose Down
DROP TABLE stream_files;
