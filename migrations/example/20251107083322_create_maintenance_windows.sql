-- +goose Up

-- Two windows that overlap once ended each other early: the second switched the pool
-- back on in the middle of the first.
CREATE TABLE maintenance_windows (
  id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  during    tstzrange NOT NULL CHECK (NOT isempty(during)),
  reason    text NOT NULL,
  opened_by uuid REFERENCES users (id) ON DELETE SET NULL,
  CONSTRAINT maintenance_windows_no_overlap EXCLUDE USING gist (during WITH &&)
);

-- +goose Down
DROP TABLE maintenance_windows;
