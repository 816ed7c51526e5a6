-- +goose Up

-- The proxy listens on this channel and pushes to open pages. Only the id is sent:
-- a payload may not exceed 8000 bytes, and everyone who is connected can listen.
-- +goose StatementBegin
CREATE FUNCTION announce_notification() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('notifications', NEW.id::text);
  RETURN NULL;
END;
$$;
-- +goose StatementEnd

CREATE TRIGGER notifications_announce AFTER INSERT ON notifications
  FOR EACH ROW WHEN (NEW.level <> 'info') EXECUTE FUNCTION announce_notification();

-- +goose Down
DROP TRIGGER notifications_announce ON notifications;
DROP FUNCTION announce_notification();
