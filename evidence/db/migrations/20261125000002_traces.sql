-- migrate:up
SET ROLE tipline_owner;

-- What an original tells of its sender and its copies do not: by kind, in clear; what it says, sealed to the
-- agency's public key. `kinds` is null where the look into it failed.
CREATE TABLE trace (
    media_id uuid PRIMARY KEY REFERENCES media,
    recipe text NOT NULL,
    kinds text[] CHECK (kinds <@ ARRAY['place', 'device', 'time', 'software', 'person', 'hidden footage']),
    grade text NOT NULL CHECK (grade IN ('original', 're-encoded', 'screen recording', 'unknown')),
    clues text[] NOT NULL,
    clock text NOT NULL CHECK (clock IN ('none', 'fits', 'older', 'ahead')),
    manifest text NOT NULL CHECK (manifest IN ('none', 'intact', 'altered', 'elsewhere', 'unreadable')),
    sealed bytea,
    found_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK ((sealed IS NULL) = (coalesce(cardinality(kinds), 0) = 0))
);

-- Somebody asks to see what was removed, a second person answers. An answer stands.
CREATE TABLE unsealing (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    media_id uuid NOT NULL REFERENCES media,
    asked_by uuid NOT NULL REFERENCES reviewer,
    asked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    reason text NOT NULL CHECK (length(reason) BETWEEN 10 AND 2000),
    salt bytea NOT NULL CHECK (octet_length(salt) = 32),
    state text NOT NULL DEFAULT 'asked' CHECK (state IN ('asked', 'granted', 'declined')),
    decided_by uuid REFERENCES reviewer CHECK (decided_by <> asked_by),
    decided_at timestamptz,
    open_until timestamptz,
    CHECK ((state = 'asked') = (decided_by IS NULL)),
    CHECK ((state = 'asked') = (decided_at IS NULL)),
    CHECK ((state = 'granted') = (open_until IS NOT NULL)),
    CHECK (open_until <= decided_at + interval '1 hour')
);
CREATE UNIQUE INDEX unsealing_asked_once ON unsealing (media_id, asked_by) WHERE state = 'asked';
CREATE INDEX unsealing_of_media ON unsealing (media_id, asked_at);

CREATE FUNCTION refuse_second_answer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'this request was answered already' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER answered_once BEFORE UPDATE ON unsealing
    FOR EACH ROW WHEN (OLD.state <> 'asked') EXECUTE FUNCTION refuse_second_answer();

-- The one way to the sealed values: for whoever asked, while the second person's yes is good, and never
-- without an entry.
CREATE FUNCTION unseal(p_unsealing uuid, p_reader uuid)
RETURNS bytea LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    asked record;
BEGIN
    SELECT t.sealed, m.tip_id, m.id AS media_id INTO asked
    FROM unsealing u JOIN media m ON m.id = u.media_id JOIN trace t ON t.media_id = m.id
    WHERE u.id = p_unsealing AND u.asked_by = p_reader AND u.state = 'granted'
        AND u.open_until > clock_timestamp();
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    PERFORM ledger_append(asked.tip_id, 'unsealed', 'reviewer:' || p_reader,
        json_build_object('media', asked.media_id, 'unsealing', p_unsealing));
    RETURN asked.sealed;
END
$$;
REVOKE EXECUTE ON FUNCTION unseal FROM PUBLIC;

GRANT SELECT, INSERT, UPDATE ON trace TO tipline_worker;
GRANT SELECT (media_id, recipe, kinds, grade, clues, clock, manifest, found_at) ON trace
    TO tipline_console, tipline_operator;
GRANT SELECT ON unsealing TO tipline_console, tipline_operator;
GRANT INSERT (media_id, asked_by, reason, salt) ON unsealing TO tipline_console;
GRANT UPDATE (state, decided_by, decided_at, open_until) ON unsealing TO tipline_console;
GRANT EXECUTE ON FUNCTION unseal TO tipline_console;

RESET ROLE;

-- migrate:down
