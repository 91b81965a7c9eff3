-- migrate:up
SET ROLE tipline_owner;

-- `joined`: all parts of a broadcast as one film; `snapshot`: a frame that somebody marked while watching.
ALTER TABLE derivative DROP CONSTRAINT derivative_kind_check;
ALTER TABLE derivative ADD CONSTRAINT derivative_kind_check CHECK (
    kind IN ('playback', 'poster', 'storyboard', 'waveform', 'still', 'gpx', 'vtt', 'joined', 'snapshot')
);

-- What is still to be made of a broadcast as a whole, once every part is a media that nothing more is made of.
CREATE TABLE live_work (
    session_id uuid PRIMARY KEY REFERENCES live_session,
    fence bigint NOT NULL DEFAULT 0,
    leased_until timestamptz,
    attempts integer NOT NULL DEFAULT 0,
    finished_at timestamptz
);
CREATE INDEX live_work_due ON live_work (session_id) WHERE finished_at IS NULL;

CREATE FUNCTION live_settled_is_work() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO live_work (session_id) VALUES (NEW.id) ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER settled_is_work AFTER UPDATE OF settled_at ON live_session
    FOR EACH ROW WHEN (OLD.settled_at IS NULL AND NEW.settled_at IS NOT NULL) EXECUTE FUNCTION live_settled_is_work();

-- A moment that somebody marked while watching. The frame is cut from the sealed original, not from their screen.
CREATE TABLE live_snapshot (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    session_id uuid NOT NULL,
    part integer NOT NULL,
    at_ms integer NOT NULL CHECK (at_ms BETWEEN 0 AND 14400000),
    author text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- What came of it; `given_up` where the file shows nothing there.
    derivative_id uuid REFERENCES derivative,
    given_up boolean NOT NULL DEFAULT false,
    FOREIGN KEY (session_id, part) REFERENCES live_part (session_id, sequence)
);
CREATE INDEX live_snapshot_of_session ON live_snapshot (session_id, at);
CREATE INDEX live_snapshot_due ON live_snapshot (at) WHERE derivative_id IS NULL AND NOT given_up;

-- TL023 no such part, TL025 too many.
CREATE FUNCTION console_live_snapshot(p_session_id uuid, p_part integer, p_at_ms integer, p_actor text)
RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    on_tip uuid;
    of_upload uuid;
    marked uuid;
BEGIN
    SELECT s.tip_id, p.upload_id INTO on_tip, of_upload FROM live_session s JOIN live_part p ON p.session_id = s.id
    WHERE s.id = p_session_id AND p.sequence = p_part AND p.kind = 'film' FOR NO KEY UPDATE OF s;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'unknown part' USING ERRCODE = 'TL023';
    END IF;
    IF (SELECT count(*) FROM live_snapshot WHERE session_id = p_session_id) >= 200 THEN
        RAISE EXCEPTION 'too much for one broadcast' USING ERRCODE = 'TL025';
    END IF;
    INSERT INTO live_snapshot (session_id, part, at_ms, author)
    VALUES (p_session_id, p_part, p_at_ms, p_actor) RETURNING id INTO marked;
    PERFORM ledger_append(on_tip, 'live_snapshot', p_actor, json_build_object(
        'session', p_session_id, 'part', p_part, 'upload', of_upload, 'at_ms', p_at_ms, 'snapshot', marked
    ));
    RETURN marked;
END
$$;

REVOKE EXECUTE ON FUNCTION live_settled_is_work, console_live_snapshot FROM PUBLIC;
GRANT EXECUTE ON FUNCTION console_live_snapshot TO tipline_console;
GRANT SELECT ON live_snapshot TO tipline_console, tipline_operator, tipline_worker;
GRANT UPDATE (derivative_id, given_up) ON live_snapshot TO tipline_worker;
GRANT SELECT ON live_work TO tipline_operator, tipline_worker;
GRANT UPDATE (fence, leased_until, attempts, finished_at) ON live_work TO tipline_worker;

RESET ROLE;

-- migrate:down
