-- migrate:up
SET ROLE tipline_owner;

-- Since when a media waits for its present stage: an old one whose copies are made again has waited since then.
ALTER TABLE media ADD COLUMN due_since timestamptz NOT NULL DEFAULT clock_timestamp();
UPDATE media SET due_since = received_at;

CREATE FUNCTION note_due_since() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    NEW.due_since := clock_timestamp();
    RETURN NEW;
END
$$;
CREATE TRIGGER note_due_since BEFORE UPDATE OF stage ON media
    FOR EACH ROW WHEN (NEW.stage IS DISTINCT FROM OLD.stage) EXECUTE FUNCTION note_due_since();
REVOKE EXECUTE ON FUNCTION note_due_since FROM PUBLIC;

RESET ROLE;

-- migrate:down
