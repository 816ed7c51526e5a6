-- +goose Up

-- The same show under the number that each site gave it. One number alone maps to nothing.
CREATE TABLE anime_id_maps (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  title      text NOT NULL,
  anidb_id   integer,
  anilist_id integer,
  kitsu_id   integer,
  mal_id     integer,
  CONSTRAINT anime_id_maps_two_ids_check CHECK (num_nonnulls(anidb_id, anilist_id, kitsu_id, mal_id) >= 2)
);

CREATE UNIQUE INDEX anime_id_maps_anidb_key ON anime_id_maps (anidb_id) WHERE anidb_id IS NOT NULL;
CREATE UNIQUE INDEX anime_id_maps_anilist_key ON anime_id_maps (anilist_id) WHERE anilist_id IS NOT NULL;
CREATE UNIQUE INDEX anime_id_maps_kitsu_key ON anime_id_maps (kitsu_id) WHERE kitsu_id IS NOT NULL;

-- MyAnimeList joins split seasons under one number: not unique.
CREATE INDEX anime_id_maps_mal_idx ON anime_id_maps (mal_id) WHERE mal_id IS NOT NULL;

INSERT INTO anime_id_maps (title, anidb_id, anilist_id, kitsu_id, mal_id) VALUES
  ('Paper Lantern Express',         90101, 880101, NULL,  770101),
  ('Paper Lantern Express: Winter', 90102, 880102, NULL,  770101),
  ('The Clockwork Heron',           90207, NULL,   66031, 770245);

-- +goose Down
DROP TABLE anime_id_maps;
