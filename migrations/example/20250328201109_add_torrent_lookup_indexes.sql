-- +goose Up

-- Search as you type is lower(name) LIKE 'metro%'; without text_pattern_ops such a prefix
-- can use an index only in the C collation.
CREATE INDEX torrent_metadata_name_prefix_idx
  ON torrent_metadata (lower(name) text_pattern_ops);

-- Most files are films: an index of the episodes alone is a tenth of the size.
CREATE INDEX stream_files_episode_idx
  ON stream_files (season, episode) INCLUDE (hash, file_index) WHERE episode IS NOT NULL;

-- The planner took season and episode for independent and chose a sequential scan.
CREATE STATISTICS stream_files_episode_stats (dependencies) ON season, episode FROM stream_files;

-- +goose Down
DROP STATISTICS stream_files_episode_stats;
DROP INDEX stream_files_episode_idx;
DROP INDEX torrent_metadata_name_prefix_idx;
