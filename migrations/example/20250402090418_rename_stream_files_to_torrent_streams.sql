-- +goose Up

-- Usenet files are coming, so "stream files" no longer says which ones. PostgreSQL keeps the old
-- names of everything that hangs on the table, hence the long list.
ALTER TABLE stream_files RENAME TO torrent_streams;
ALTER TABLE torrent_streams RENAME CONSTRAINT stream_files_pkey TO torrent_streams_pkey;
ALTER TABLE torrent_streams RENAME CONSTRAINT stream_files_hash_fkey TO torrent_streams_hash_fkey;
ALTER TABLE torrent_streams RENAME CONSTRAINT stream_files_hash_file_index_key
  TO torrent_streams_hash_file_index_key;
ALTER TABLE torrent_streams RENAME CONSTRAINT stream_files_episode_check TO torrent_streams_episode_check;
ALTER INDEX stream_files_episode_idx RENAME TO torrent_streams_episode_idx;
ALTER STATISTICS stream_files_episode_stats RENAME TO torrent_streams_episode_stats;
ALTER SEQUENCE stream_files_id_seq RENAME TO torrent_streams_id_seq;

-- +goose Down
ALTER SEQUENCE torrent_streams_id_seq RENAME TO stream_files_id_seq;
ALTER STATISTICS torrent_streams_episode_stats RENAME TO stream_files_episode_stats;
ALTER INDEX torrent_streams_episode_idx RENAME TO stream_files_episode_idx;
ALTER TABLE torrent_streams RENAME CONSTRAINT torrent_streams_episode_check TO stream_files_episode_check;
ALTER TABLE torrent_streams RENAME CONSTRAINT torrent_streams_hash_file_index_key
  TO stream_files_hash_file_index_key;
ALTER TABLE torrent_streams RENAME CONSTRAINT torrent_streams_hash_fkey TO stream_files_hash_fkey;
ALTER TABLE torrent_streams RENAME CONSTRAINT torrent_streams_pkey TO stream_files_pkey;
ALTER TABLE torrent_streams RENAME TO stream_files;
