-- +goose Up

-- What every newcomer asked in their first week.
COMMENT ON TABLE torbox_pool IS 'A TorBox subscription that we pay for';
COMMENT ON COLUMN torbox_pool.streams_per_key IS 'Allowed by the plan; changing it adds no slots';
COMMENT ON TABLE torbox_slots IS 'One stream on one key; held by at most one user at a time';
COMMENT ON COLUMN torbox_slots.seat IS 'Counts from 1 within an API key';
COMMENT ON COLUMN torbox_slots.state IS 'cooling: "too many requests"; freed after ten minutes';
COMMENT ON COLUMN torbox_assignments.released_at IS 'Null while the user holds the slot';
COMMENT ON MATERIALIZED VIEW torbox_usage_daily IS 'As of last night; days are UTC';
COMMENT ON FUNCTION claim_torbox_slot(uuid) IS 'Returns the slot, or null when all are taken';

-- +goose Down
COMMENT ON FUNCTION claim_torbox_slot(uuid) IS NULL;
COMMENT ON MATERIALIZED VIEW torbox_usage_daily IS NULL;
COMMENT ON COLUMN torbox_assignments.released_at IS NULL;
COMMENT ON COLUMN torbox_slots.state IS NULL;
COMMENT ON COLUMN torbox_slots.seat IS NULL;
COMMENT ON TABLE torbox_slots IS NULL;
COMMENT ON COLUMN torbox_pool.streams_per_key IS NULL;
COMMENT ON TABLE torbox_pool IS NULL;
