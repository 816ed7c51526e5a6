-- +goose Up

-- 'simple' and not 'english': titles are names, and stemming turned "Bleaching" into "Bleach".
ALTER TABLE anime_id_maps
  ADD COLUMN title_search tsvector GENERATED ALWAYS AS (to_tsvector('simple', title)) STORED;

CREATE INDEX anime_id_maps_title_search_idx ON anime_id_maps USING gin (title_search);

-- +goose Down
ALTER TABLE anime_id_maps DROP COLUMN title_search;
