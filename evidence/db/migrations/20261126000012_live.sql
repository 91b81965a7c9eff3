-- migrate:up
SET ROLE tipline_owner;

-- A camera, and its owner's written consent. `document_sha256` is of the paper that was signed. A consent is never
-- changed: it ends once, and a new version is another row.
CREATE TABLE camera (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name text NOT NULL UNIQUE CHECK (char_length(name) BETWEEN 1 AND 200),
    place text NOT NULL CHECK (char_length(place) BETWEEN 1 AND 500),
    owner text NOT NULL CHECK (char_length(owner) BETWEEN 1 AND 200),
    added_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    added_by text NOT NULL
);

CREATE TABLE consent (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    camera_id uuid NOT NULL REFERENCES camera,
    version integer NOT NULL CHECK (version > 0),
    document_sha256 bytea NOT NULL CHECK (octet_length(document_sha256) = 32),
    scope text NOT NULL CHECK (char_length(scope) BETWEEN 1 AND 2000),
    valid_from timestamptz NOT NULL,
    valid_until timestamptz NOT NULL CHECK (valid_until > valid_from),
    -- The hours of each day, by the clock of `zone`; past midnight where they end before they begin.
    daily_from time,
    daily_until time,
    zone text NOT NULL,
    state text NOT NULL DEFAULT 'given' CHECK (state IN ('given', 'revoked', 'expired')),
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    recorded_by text NOT NULL,
    ended_at timestamptz,
    UNIQUE (camera_id, version),
    UNIQUE (id, state),
    CHECK ((daily_from IS NULL) = (daily_until IS NULL)),
    CHECK ((state = 'given') = (ended_at IS NULL))
);
CREATE INDEX consent_expiring ON consent (valid_until) WHERE state = 'given';

CREATE FUNCTION consent_only_ends() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF OLD.state <> 'given' OR to_jsonb(OLD) - '{state,ended_at}'::text[] <> to_jsonb(NEW) - '{state,ended_at}'::text[]
    THEN
        RAISE EXCEPTION 'a consent only ends, once' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER only_ends BEFORE UPDATE ON consent FOR EACH ROW EXECUTE FUNCTION consent_only_ends();
CREATE TRIGGER never_goes BEFORE DELETE ON consent FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- What a relay shows to send a camera's stream. It cannot outlive the consent: a constraint, not an `if`.
CREATE TABLE relay_grant (
    token_sha256 bytea PRIMARY KEY CHECK (octet_length(token_sha256) = 32),
    consent_id uuid NOT NULL,
    consent_state text NOT NULL DEFAULT 'given' CHECK (consent_state = 'given'),
    until timestamptz NOT NULL,
    issued_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    issued_by text NOT NULL,
    FOREIGN KEY (consent_id, consent_state) REFERENCES consent (id, state)
);
CREATE INDEX relay_grant_of ON relay_grant (consent_id);

-- One broadcast. `ended`: recording is over, what the sender still holds may come. `closed`: no byte is taken any
-- more. `settled`: every part is a media, or came to nothing. A camera's session that is not closed refers to a
-- consent that is given: nobody, whatever their rights, has one run without.
CREATE TABLE live_session (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    tip_id uuid NOT NULL REFERENCES tip,
    source text NOT NULL CHECK (source IN ('phone', 'camera')),
    token_sha256 bytea NOT NULL UNIQUE CHECK (octet_length(token_sha256) = 32),
    -- X25519, from the token: prompts are sealed to it.
    prompt_key bytea NOT NULL CHECK (octet_length(prompt_key) = 32),
    -- SHA-256 of what was agreed to, in hex: the page's text, or the camera owner's document.
    terms text NOT NULL CHECK (terms ~ '^[0-9a-f]{64}$'),
    language text NOT NULL,
    opened_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ends_by timestamptz NOT NULL,
    max_bytes bigint NOT NULL CHECK (max_bytes > 0),
    ended_at timestamptz,
    how_ended text CHECK (how_ended IN ('citizen', 'staff', 'consent', 'limit', 'silence')),
    closed_at timestamptz,
    how_closed text CHECK (how_closed IN ('citizen', 'staff', 'consent', 'limit', 'complete')),
    settled_at timestamptz,
    -- How many parts the sender says there are, once it has ended.
    parts integer CHECK (parts >= 0),
    beat_at timestamptz,
    behind_ms integer CHECK (behind_ms >= 0),
    pending_bytes bigint CHECK (pending_bytes >= 0),
    visible boolean,
    place boolean NOT NULL DEFAULT false,
    consent_id uuid REFERENCES consent,
    consent_state text GENERATED ALWAYS AS (
        CASE WHEN source = 'camera' AND closed_at IS NULL THEN 'given' END
    ) STORED,
    FOREIGN KEY (consent_id, consent_state) REFERENCES consent (id, state),
    CHECK ((source = 'camera') = (consent_id IS NOT NULL)),
    CHECK ((ended_at IS NULL) = (how_ended IS NULL)),
    CHECK ((closed_at IS NULL) = (how_closed IS NULL)),
    CHECK (closed_at IS NULL OR ended_at IS NOT NULL),
    CHECK (settled_at IS NULL OR closed_at IS NOT NULL)
) WITH (fillfactor = 70);
CREATE INDEX live_session_of_tip ON live_session (tip_id, opened_at);
-- What the clock looks at: each second the first three, in which nothing is where nothing is live.
CREATE INDEX live_session_running ON live_session (opened_at) WHERE ended_at IS NULL;
CREATE INDEX live_session_closing ON live_session (closed_at) WHERE closed_at IS NOT NULL AND settled_at IS NULL;
CREATE INDEX live_session_told ON live_session (id)
    WHERE closed_at IS NULL AND parts IS NOT NULL;
CREATE INDEX live_session_waiting ON live_session (ended_at) WHERE ended_at IS NOT NULL AND closed_at IS NULL;
CREATE INDEX live_session_of_consent ON live_session (consent_id)
    WHERE consent_id IS NOT NULL AND closed_at IS NULL;

-- One upload of a session. What its sender says of it at its end: the length of each piece as it was recorded, and
-- h(i) = SHA-256(h(i-1) || SHA-256(piece i)) from 32 zero bytes on. `chain_holds`: the door found it so in the
-- bytes it had; NULL where it did not look.
CREATE TABLE live_part (
    session_id uuid NOT NULL REFERENCES live_session,
    sequence integer NOT NULL CHECK (sequence > 0),
    upload_id uuid NOT NULL UNIQUE REFERENCES upload,
    kind text NOT NULL CHECK (kind IN ('film', 'place')),
    mime text NOT NULL CHECK (char_length(mime) BETWEEN 3 AND 200),
    -- By the sender's clock.
    began_at timestamptz NOT NULL,
    why text NOT NULL CHECK (
        why IN ('start', 'resize', 'camera', 'bitrate', 'backlog', 'minutes', 'resumed')
    ),
    opened_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at timestamptz,
    bytes bigint CHECK (bytes >= 0),
    chunk_lengths integer[],
    chain bytea CHECK (octet_length(chain) = 32),
    chain_holds boolean,
    PRIMARY KEY (session_id, sequence),
    CHECK ((ended_at IS NULL) = (chain IS NULL)),
    CHECK ((bytes IS NULL) = (chain IS NULL)),
    CHECK ((chunk_lengths IS NULL) = (chain IS NULL))
);

-- Of a place track, for others' programs.
ALTER TABLE derivative DROP CONSTRAINT derivative_kind_check;
ALTER TABLE derivative ADD CONSTRAINT derivative_kind_check
    CHECK (kind IN ('playback', 'poster', 'storyboard', 'waveform', 'still', 'gpx', 'vtt'));

-- What staff ask of whoever films.
CREATE TABLE live_prompt (
    session_id uuid NOT NULL REFERENCES live_session,
    sequence integer NOT NULL CHECK (sequence > 0),
    author text NOT NULL,
    sealed_agency bytea NOT NULL,
    sealed_sender bytea NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    delivered_at timestamptz,
    seen_at timestamptz,
    PRIMARY KEY (session_id, sequence)
);

-- A link that staff send: it opens one session on the tip.
CREATE TABLE live_link (
    token_sha256 bytea PRIMARY KEY CHECK (octet_length(token_sha256) = 32),
    tip_id uuid NOT NULL REFERENCES tip,
    until timestamptz NOT NULL,
    issued_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    issued_by text NOT NULL,
    used_at timestamptz
);
CREATE INDEX live_link_of_tip ON live_link (tip_id);

-- Who opens a session holds this row: the count of those that run is true then.
CREATE TABLE live_turnstile (one boolean PRIMARY KEY DEFAULT true CHECK (one));
INSERT INTO live_turnstile DEFAULT VALUES;

-- Whether a consent covers a moment.
CREATE FUNCTION consent_covers(p_consent consent, p_at timestamptz)
RETURNS boolean LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT p_consent.state = 'given' AND p_at >= p_consent.valid_from AND p_at < p_consent.valid_until
        AND CASE
            WHEN p_consent.daily_from IS NULL THEN true
            WHEN p_consent.daily_from < p_consent.daily_until
                THEN here >= p_consent.daily_from AND here < p_consent.daily_until
            ELSE here >= p_consent.daily_from OR here < p_consent.daily_until
        END
    FROM (SELECT (p_at AT TIME ZONE p_consent.zone)::time AS here) clock
$$;

-- Recording is over; what the sender still holds may come. False where it was over before.
CREATE FUNCTION live_finish(p_session_id uuid, p_how text, p_actor text, p_parts integer)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    held live_session;
BEGIN
    UPDATE live_session SET ended_at = clock_timestamp(), how_ended = p_how, parts = p_parts
    WHERE id = p_session_id AND ended_at IS NULL RETURNING * INTO held;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM ledger_append(held.tip_id, 'live_ended', p_actor, json_build_object(
        'session', p_session_id, 'how', p_how, 'parts', p_parts
    ));
    RETURN true;
END
$$;

-- From here on no byte is taken. What came stays; the door makes media of it. False where it was closed before.
CREATE FUNCTION live_close(p_session_id uuid, p_how text, p_actor text)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    held live_session;
BEGIN
    IF p_how <> 'complete' THEN
        PERFORM live_finish(p_session_id, p_how, p_actor, NULL);
    END IF;
    UPDATE live_session SET closed_at = clock_timestamp(), how_closed = p_how
    WHERE id = p_session_id AND closed_at IS NULL RETURNING * INTO held;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM ledger_append(held.tip_id, 'live_closed', p_actor, json_build_object(
        'session', p_session_id, 'how', p_how
    ));
    RETURN true;
END
$$;

-- The end of a consent: its grants go, its sessions are closed, and the camera's chain says so; all or nothing.
CREATE FUNCTION consent_end(p_consent_id uuid, p_how text, p_actor text)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    held consent;
    running uuid;
    closed uuid[] := '{}';
BEGIN
    -- A session that is just opening refers to this row, and is here once we have it.
    SELECT * INTO held FROM consent WHERE id = p_consent_id AND state = 'given' FOR UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    DELETE FROM relay_grant WHERE consent_id = p_consent_id;
    FOR running IN
        SELECT id FROM live_session WHERE consent_id = p_consent_id AND closed_at IS NULL ORDER BY id
    LOOP
        PERFORM live_close(running, 'consent', p_actor);
        closed := closed || running;
    END LOOP;
    UPDATE consent SET state = p_how, ended_at = clock_timestamp() WHERE id = p_consent_id;
    PERFORM ledger_append(held.camera_id, 'consent_' || p_how, p_actor, json_build_object(
        'consent', p_consent_id, 'version', held.version, 'sessions', to_json(closed)
    ));
    RETURN true;
END
$$;

-- The operator's.

CREATE FUNCTION camera_add(p_name text, p_place text, p_owner text, p_actor text)
RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    added uuid;
BEGIN
    INSERT INTO camera (name, place, owner, added_by) VALUES (p_name, p_place, p_owner, p_actor)
    RETURNING id INTO added;
    PERFORM ledger_append(added, 'camera_added', p_actor, json_build_object('name', p_name, 'place', p_place));
    RETURN added;
END
$$;

CREATE FUNCTION consent_give(
    p_camera_id uuid, p_document_sha256 bytea, p_scope text, p_valid_from timestamptz, p_valid_until timestamptz,
    p_daily_from time, p_daily_until time, p_zone text, p_actor text
) RETURNS consent LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    given consent;
BEGIN
    PERFORM FROM camera WHERE id = p_camera_id FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'unknown camera' USING ERRCODE = 'TL027';
    END IF;
    INSERT INTO consent (
        camera_id, version, document_sha256, scope, valid_from, valid_until, daily_from, daily_until, zone,
        recorded_by
    )
    SELECT p_camera_id, coalesce(max(version), 0) + 1, p_document_sha256, p_scope, p_valid_from, p_valid_until,
        p_daily_from, p_daily_until, p_zone, p_actor
    FROM consent WHERE camera_id = p_camera_id
    RETURNING * INTO given;
    PERFORM ledger_append(p_camera_id, 'consent_given', p_actor, json_build_object(
        'consent', given.id, 'version', given.version, 'document_sha256', encode(p_document_sha256, 'hex'),
        'valid_from', p_valid_from, 'valid_until', p_valid_until,
        'daily_from', p_daily_from, 'daily_until', p_daily_until, 'zone', p_zone
    ));
    RETURN given;
END
$$;

CREATE FUNCTION consent_revoke(p_consent_id uuid, p_actor text)
RETURNS boolean LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT consent_end(p_consent_id, 'revoked', p_actor)
$$;

CREATE FUNCTION relay_grant_issue(p_consent_id uuid, p_token_sha256 bytea, p_until timestamptz, p_actor text)
RETURNS timestamptz LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    held consent;
    lasts timestamptz;
BEGIN
    SELECT * INTO held FROM consent WHERE id = p_consent_id AND state = 'given' FOR KEY SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'this consent is not given' USING ERRCODE = 'TL022';
    END IF;
    lasts := least(p_until, held.valid_until);
    INSERT INTO relay_grant (token_sha256, consent_id, until, issued_by)
    VALUES (p_token_sha256, p_consent_id, lasts, p_actor);
    PERFORM ledger_append(held.camera_id, 'relay_granted', p_actor, json_build_object(
        'consent', p_consent_id, 'until', lasts
    ));
    RETURN lasts;
END
$$;

-- The console's.

CREATE FUNCTION console_live_prompt(
    p_session_id uuid, p_actor text, p_sealed_agency bytea, p_sealed_sender bytea
) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    held live_session;
    placed integer;
BEGIN
    SELECT * INTO held FROM live_session WHERE id = p_session_id FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'unknown session' USING ERRCODE = 'TL023';
    END IF;
    IF held.ended_at IS NOT NULL THEN
        RAISE EXCEPTION 'nobody films any more' USING ERRCODE = 'TL024';
    END IF;
    SELECT coalesce(max(sequence), 0) + 1 INTO placed FROM live_prompt WHERE session_id = p_session_id;
    IF placed > 500 OR greatest(octet_length(p_sealed_agency), octet_length(p_sealed_sender)) > 8192 THEN
        RAISE EXCEPTION 'too much for one broadcast' USING ERRCODE = 'TL025';
    END IF;
    INSERT INTO live_prompt (session_id, sequence, author, sealed_agency, sealed_sender)
    VALUES (p_session_id, placed, p_actor, p_sealed_agency, p_sealed_sender);
    PERFORM ledger_append(held.tip_id, 'live_prompt', p_actor, json_build_object(
        'session', p_session_id, 'sequence', placed,
        'agency_sha256', encode(sha256(p_sealed_agency), 'hex'),
        'sender_sha256', encode(sha256(p_sealed_sender), 'hex')
    ));
    RETURN placed;
END
$$;

CREATE FUNCTION console_live_close(p_session_id uuid, p_actor text)
RETURNS boolean LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT live_close(p_session_id, 'staff', p_actor)
$$;

CREATE FUNCTION console_live_link(p_tip_id uuid, p_token_sha256 bytea, p_until timestamptz, p_actor text)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM tip WHERE id = p_tip_id AND state NOT IN ('withdrawn', 'purged') FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'unknown tip' USING ERRCODE = 'TL001';
    END IF;
    DELETE FROM live_link WHERE tip_id = p_tip_id AND until < clock_timestamp();
    INSERT INTO live_link (token_sha256, tip_id, until, issued_by)
    VALUES (p_token_sha256, p_tip_id, p_until, p_actor);
    PERFORM ledger_append(p_tip_id, 'live_link', p_actor, json_build_object('until', p_until));
END
$$;

-- The public door's. Whoever calls brings the secret itself, never the hash that is kept.

-- One broadcast as the door may know it, NULL where no session has this token.
CREATE FUNCTION intake_live_look(p_token bytea)
RETURNS json LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT json_build_object(
        'session', id, 'source', source, 'max_bytes', max_bytes, 'opened_at', opened_at,
        'state', CASE WHEN closed_at IS NOT NULL THEN 'closed' WHEN ended_at IS NOT NULL THEN 'ended' ELSE 'live' END,
        'how', coalesce(nullif(how_closed, 'complete'), how_ended),
        'ends_in_s', greatest(0, extract(epoch FROM ends_by - clock_timestamp()))::integer
    )
    FROM live_session WHERE token_sha256 = sha256(p_token)
$$;

-- Open a session, or find it: the same token asks for the same one. `p_way` says what `p_key` is: 'tip', the token
-- for uploads of a tip that was just opened; 'receipt', the lookup value of nine words; 'link'; or 'relay'.
-- TL001 leads to no tip, TL020 too many run, TL021 the link was used or is too old, TL022 no consent covers it.
CREATE FUNCTION intake_live_open(
    p_way text, p_key bytea, p_token bytea, p_prompt_key bytea, p_terms text, p_language text, p_minutes integer,
    p_max_bytes bigint, p_most integer
) RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    opened uuid;
    on_tip uuid;
    allowed consent;
BEGIN
    PERFORM FROM live_turnstile FOR UPDATE;
    SELECT id INTO opened FROM live_session WHERE token_sha256 = sha256(p_token);
    IF FOUND THEN
        RETURN opened;
    END IF;
    IF p_way = 'tip' THEN
        SELECT id INTO on_tip FROM tip WHERE upload_token = sha256(p_key) AND uploads_until > clock_timestamp();
    ELSIF p_way = 'receipt' THEN
        SELECT id INTO on_tip FROM tip WHERE receipt_lookup = sha256(p_key);
    ELSIF p_way = 'link' THEN
        UPDATE live_link SET used_at = clock_timestamp()
        WHERE token_sha256 = sha256(p_key) AND used_at IS NULL AND until > clock_timestamp()
        RETURNING tip_id INTO on_tip;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'this link was used, or is too old' USING ERRCODE = 'TL021';
        END IF;
    ELSIF p_way = 'relay' THEN
        SELECT c.* INTO allowed FROM relay_grant g JOIN consent c ON c.id = g.consent_id
        WHERE g.token_sha256 = sha256(p_key) AND g.until > clock_timestamp() FOR KEY SHARE OF c;
        IF NOT FOUND OR NOT consent_covers(allowed, clock_timestamp()) THEN
            RAISE EXCEPTION 'no consent covers this now' USING ERRCODE = 'TL022';
        END IF;
    END IF;
    IF (SELECT count(*) FROM live_session WHERE ended_at IS NULL
            AND coalesce(beat_at, opened_at) > clock_timestamp() - interval '1 minute') >= p_most THEN
        RAISE EXCEPTION 'too many broadcasts at once' USING ERRCODE = 'TL020';
    END IF;
    IF allowed.id IS NOT NULL THEN
        -- Nobody holds a receipt of what a camera sends.
        INSERT INTO tip (channel, language) VALUES ('live', p_language) RETURNING id INTO on_tip;
        PERFORM ledger_append(on_tip, 'opened', 'intake', json_build_object(
            'channel', 'live', 'camera', allowed.camera_id
        ));
    END IF;
    PERFORM FROM tip WHERE id = on_tip AND state NOT IN ('withdrawn', 'purged') FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'unknown tip' USING ERRCODE = 'TL001';
    END IF;
    INSERT INTO live_session (
        tip_id, source, token_sha256, prompt_key, terms, language, ends_by, max_bytes, consent_id
    ) VALUES (
        on_tip, CASE WHEN allowed.id IS NULL THEN 'phone' ELSE 'camera' END, sha256(p_token), p_prompt_key,
        coalesce(encode(allowed.document_sha256, 'hex'), p_terms), p_language,
        clock_timestamp() + make_interval(mins => p_minutes), p_max_bytes, allowed.id
    ) RETURNING id INTO opened;
    PERFORM ledger_append(
        on_tip, 'live_opened', CASE WHEN allowed.id IS NULL THEN 'citizen' ELSE 'intake' END, json_build_object(
            'session', opened, 'by', p_way, 'terms_sha256', coalesce(encode(allowed.document_sha256, 'hex'), p_terms),
            'language', p_language, 'consent', allowed.id, 'camera', allowed.camera_id
        )
    );
    RETURN opened;
END
$$;

-- Note a part and its upload; the same number asked again is the same upload. Answers its id. TL023 no such
-- session, TL024 it is closed, TL025 too many parts.
CREATE FUNCTION intake_live_part(
    p_token bytea, p_sequence integer, p_upload_id uuid, p_kind text, p_mime text, p_began_at timestamptz,
    p_why text, p_expires_at timestamptz, p_most integer
) RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    held live_session;
    known uuid;
BEGIN
    -- The row lock makes the count below true.
    SELECT * INTO held FROM live_session WHERE token_sha256 = sha256(p_token) FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'unknown session' USING ERRCODE = 'TL023';
    END IF;
    SELECT upload_id INTO known FROM live_part WHERE session_id = held.id AND sequence = p_sequence;
    IF FOUND THEN
        RETURN known;
    END IF;
    IF held.closed_at IS NOT NULL THEN
        RAISE EXCEPTION 'this broadcast is closed' USING ERRCODE = 'TL024';
    END IF;
    IF (SELECT count(*) FROM live_part WHERE session_id = held.id) >= p_most THEN
        RAISE EXCEPTION 'too many parts' USING ERRCODE = 'TL025';
    END IF;
    INSERT INTO upload (id, tip_id, expires_at) VALUES (p_upload_id, held.tip_id, p_expires_at);
    INSERT INTO live_part (session_id, sequence, upload_id, kind, mime, began_at, why)
    VALUES (held.id, p_sequence, p_upload_id, p_kind, p_mime, p_began_at, p_why);
    IF p_kind = 'place' AND NOT held.place THEN
        UPDATE live_session SET place = true WHERE id = held.id;
    END IF;
    PERFORM ledger_append(
        held.tip_id, 'live_part', CASE held.source WHEN 'phone' THEN 'citizen' ELSE 'intake' END, json_build_object(
            'session', held.id, 'part', p_sequence, 'upload', p_upload_id, 'kind', p_kind, 'mime', p_mime,
            'began_at', p_began_at, 'why', p_why
        )
    );
    RETURN p_upload_id;
END
$$;

-- The upload of a part, NULL where there is none.
CREATE FUNCTION intake_live_part_upload(p_token bytea, p_sequence integer)
RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT p.upload_id FROM live_session s JOIN live_part p ON p.session_id = s.id
    WHERE s.token_sha256 = sha256(p_token) AND p.sequence = p_sequence
$$;

-- What the sender says of a part that it has sent whole; what it said first stands. False where there is no such part.
CREATE FUNCTION intake_live_part_end(
    p_token bytea, p_sequence integer, p_bytes bigint, p_lengths integer[], p_chain bytea, p_holds boolean
) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    held live_session;
BEGIN
    SELECT * INTO held FROM live_session WHERE token_sha256 = sha256(p_token);
    UPDATE live_part SET ended_at = clock_timestamp(), bytes = p_bytes, chunk_lengths = p_lengths, chain = p_chain,
        chain_holds = p_holds
    WHERE session_id = held.id AND sequence = p_sequence AND ended_at IS NULL;
    IF NOT FOUND THEN
        RETURN EXISTS (SELECT FROM live_part WHERE session_id = held.id AND sequence = p_sequence);
    END IF;
    PERFORM ledger_append(
        held.tip_id, 'live_part_ended', CASE held.source WHEN 'phone' THEN 'citizen' ELSE 'intake' END,
        json_build_object(
            'session', held.id, 'part', p_sequence, 'bytes', p_bytes, 'chunks', cardinality(p_lengths),
            'lengths_sha256', encode(sha256(convert_to(array_to_string(p_lengths, ','), 'UTF8')), 'hex'),
            'chain', encode(p_chain, 'hex'), 'chain_holds', p_holds
        )
    );
    RETURN true;
END
$$;

-- The sender is there. Answers how the session stands, and what staff ask of it since prompt `p_delivered`.
CREATE FUNCTION intake_live_beat(
    p_token bytea, p_behind_ms integer, p_pending_bytes bigint, p_delivered integer, p_seen integer,
    p_visible boolean
) RETURNS json LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    held live_session;
    noted integer;
    news boolean := false;
BEGIN
    -- Before anything of the ledger, as whoever asks or closes does: two who wait for each other wait for ever.
    SELECT * INTO held FROM live_session WHERE token_sha256 = sha256(p_token) FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    FOR noted IN
        UPDATE live_prompt SET delivered_at = clock_timestamp()
        WHERE session_id = held.id AND sequence <= p_delivered AND delivered_at IS NULL RETURNING sequence
    LOOP
        news := true;
        PERFORM ledger_append(held.tip_id, 'live_prompt_delivered', 'intake', json_build_object(
            'session', held.id, 'sequence', noted
        ));
    END LOOP;
    FOR noted IN
        UPDATE live_prompt SET seen_at = clock_timestamp()
        WHERE session_id = held.id AND sequence <= least(p_seen, p_delivered) AND seen_at IS NULL RETURNING sequence
    LOOP
        news := true;
        PERFORM ledger_append(held.tip_id, 'live_prompt_seen', 'intake', json_build_object(
            'session', held.id, 'sequence', noted
        ));
    END LOOP;
    IF NOT news THEN
        -- A beat that a power cut takes away is followed by the next.
        PERFORM set_config('synchronous_commit', 'off', true);
    END IF;
    UPDATE live_session SET beat_at = clock_timestamp(), behind_ms = p_behind_ms, pending_bytes = p_pending_bytes,
        visible = p_visible
    WHERE id = held.id AND closed_at IS NULL;
    RETURN (
        SELECT (intake_live_look(p_token)::jsonb || jsonb_build_object('prompts', (
            SELECT coalesce(jsonb_agg(jsonb_build_object(
                'sequence', sequence, 'sealed', encode(sealed_sender, 'base64')
            ) ORDER BY sequence), '[]')
            FROM live_prompt WHERE session_id = held.id AND sequence > p_delivered
        )))::json
    );
END
$$;

-- The sender has stopped, after so many parts. Answers as `intake_live_look`.
CREATE FUNCTION intake_live_end(p_token bytea, p_parts integer)
RETURNS json LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    held live_session;
BEGIN
    SELECT * INTO held FROM live_session WHERE token_sha256 = sha256(p_token);
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    PERFORM live_finish(held.id, 'citizen', CASE held.source WHEN 'phone' THEN 'citizen' ELSE 'intake' END, p_parts);
    -- It was over before, by time or silence: how many parts there are is news all the same.
    UPDATE live_session SET parts = p_parts WHERE id = held.id AND parts IS NULL AND closed_at IS NULL;
    RETURN intake_live_look(p_token);
END
$$;

-- Whether an upload is a part of a session that is closed.
CREATE FUNCTION intake_live_closed(p_upload_id uuid)
RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM live_part p JOIN live_session s ON s.id = p.session_id
        WHERE p.upload_id = p_upload_id AND s.closed_at IS NOT NULL
    )
$$;

-- The clock: what time alone brings about, and every session that is not settled. `p_all` looks at those that have
-- ended as well, whose sender may take days to bring what it holds; their uploads live for `p_hours`.
-- `open`: uploads that are not media yet; `bytes`: of those that are; `gone`: uploads of a closed session that ended
-- without one, as those of a tip taken back do, while somebody may still be writing into the spool.
CREATE FUNCTION intake_live_tick(p_all boolean, p_hours integer)
RETURNS TABLE (session_id uuid, live boolean, closed boolean, silent_for float8, max_bytes bigint, bytes bigint,
               open uuid[], gone uuid[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    due uuid;
BEGIN
    FOR due IN
        SELECT c.id FROM consent c WHERE c.state = 'given' AND c.valid_until <= clock_timestamp()
        ORDER BY c.valid_until LIMIT 20 FOR UPDATE SKIP LOCKED
    LOOP
        PERFORM consent_end(due, 'expired', 'intake');
    END LOOP;
    FOR due IN
        SELECT s.id FROM live_session s JOIN consent c ON c.id = s.consent_id
        WHERE s.consent_id IS NOT NULL AND s.closed_at IS NULL AND NOT consent_covers(c, clock_timestamp())
        FOR NO KEY UPDATE OF s SKIP LOCKED
    LOOP
        PERFORM live_close(due, 'consent', 'intake');
    END LOOP;
    FOR due IN
        SELECT s.id FROM live_session s
        WHERE s.ended_at IS NULL AND s.ends_by <= clock_timestamp()
        FOR NO KEY UPDATE SKIP LOCKED
    LOOP
        PERFORM live_finish(due, 'limit', 'intake', NULL);
    END LOOP;
    FOR due IN
        SELECT s.id FROM live_session s
        WHERE s.closed_at IS NULL AND s.parts IS NOT NULL
            AND s.parts <= (SELECT count(*) FROM live_part p WHERE p.session_id = s.id)
            AND NOT EXISTS (SELECT FROM live_part p JOIN upload u ON u.id = p.upload_id
                            WHERE p.session_id = s.id AND u.state = 'open')
        FOR NO KEY UPDATE SKIP LOCKED
    LOOP
        PERFORM live_close(due, 'complete', 'intake');
    END LOOP;
    IF p_all THEN
        FOR due IN
            SELECT s.id FROM live_session s
            WHERE s.ended_at < clock_timestamp() - interval '1 day' AND s.closed_at IS NULL
                AND NOT EXISTS (SELECT FROM live_part p JOIN upload u ON u.id = p.upload_id
                                WHERE p.session_id = s.id AND u.state = 'open')
                -- Who never began a part is waited for a day, who may bring others as long as an upload lives.
                AND (s.ended_at < clock_timestamp() - make_interval(hours => p_hours)
                     OR NOT EXISTS (SELECT FROM live_part p WHERE p.session_id = s.id))
            FOR NO KEY UPDATE SKIP LOCKED
        LOOP
            PERFORM live_close(due, 'complete', 'intake');
        END LOOP;
    END IF;
    UPDATE live_session s SET settled_at = clock_timestamp()
    WHERE s.settled_at IS NULL AND s.closed_at IS NOT NULL
        AND NOT EXISTS (
            SELECT FROM live_part p JOIN upload u ON u.id = p.upload_id
            WHERE p.session_id = s.id
                -- Long enough for the clock of each process of the door to see them.
                AND (u.state = 'open' OR u.state = 'terminated' AND s.closed_at > clock_timestamp() - interval '10 s')
        );
    RETURN QUERY
        SELECT s.id, s.ended_at IS NULL, s.closed_at IS NOT NULL,
            extract(epoch FROM clock_timestamp() - coalesce(s.beat_at, s.opened_at))::float8, s.max_bytes,
            coalesce((SELECT sum(m.bytes)::bigint FROM live_part p JOIN media m ON m.upload_id = p.upload_id
                      WHERE p.session_id = s.id), 0),
            ARRAY(SELECT u.id FROM live_part p JOIN upload u ON u.id = p.upload_id
                  WHERE p.session_id = s.id AND u.state = 'open' ORDER BY p.sequence),
            ARRAY(SELECT u.id FROM live_part p JOIN upload u ON u.id = p.upload_id
                  WHERE p.session_id = s.id AND s.closed_at IS NOT NULL AND u.state = 'terminated')
        FROM live_session s
        WHERE s.id IN (
            SELECT r.id FROM live_session r WHERE r.ended_at IS NULL
            UNION ALL
            SELECT r.id FROM live_session r WHERE r.closed_at IS NOT NULL AND r.settled_at IS NULL
            UNION ALL
            -- What has only ended may still grow beyond its limit.
            SELECT r.id FROM live_session r
            WHERE p_all AND r.ended_at IS NOT NULL AND r.closed_at IS NULL
                AND EXISTS (SELECT FROM live_part p JOIN upload u ON u.id = p.upload_id
                            WHERE p.session_id = r.id AND u.state = 'open')
        );
END
$$;

-- What only the spool knows: nothing came for long ('silence' ends it), or too much ('limit' closes it).
CREATE FUNCTION intake_live_stop(p_session_id uuid, p_how text)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF p_how = 'silence' THEN
        RETURN live_finish(p_session_id, 'silence', 'intake', NULL);
    ELSIF p_how = 'limit' THEN
        RETURN live_close(p_session_id, 'limit', 'intake');
    END IF;
    RAISE EXCEPTION 'the door stops no broadcast by %', p_how USING ERRCODE = 'insufficient_privilege';
END
$$;

-- As before, but that parts of broadcasts do not count as files: ten turns of a phone are no ten videos.
CREATE OR REPLACE FUNCTION intake_open_upload(
    p_upload_id uuid, p_token_sha256 bytea, p_max_files integer, p_expires_at timestamptz
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    bound_to uuid;
BEGIN
    IF p_token_sha256 IS NOT NULL THEN
        SELECT tip_id INTO bound_to FROM upload_pass
        WHERE token_sha256 = p_token_sha256 AND until > clock_timestamp();
        -- The row lock makes the counts below true for parallel uploads of one tip.
        SELECT id INTO bound_to FROM tip
        WHERE id = coalesce(bound_to, (
            SELECT id FROM tip WHERE upload_token = p_token_sha256 AND uploads_until > clock_timestamp()
        )) AND state NOT IN ('withdrawn', 'purged')
        FOR UPDATE;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'unknown tip' USING ERRCODE = 'TL001';
        END IF;
        IF (SELECT count(*) FROM upload u WHERE u.tip_id = bound_to AND u.state IN ('open', 'received')
                AND NOT EXISTS (SELECT FROM live_part p WHERE p.upload_id = u.id)) >= p_max_files
            OR EXISTS (SELECT FROM upload_pass WHERE token_sha256 = p_token_sha256 AND files = 0)
        THEN
            RAISE EXCEPTION 'too many files' USING ERRCODE = 'TL002';
        END IF;
        UPDATE upload_pass SET files = files - 1 WHERE token_sha256 = p_token_sha256;
    END IF;
    INSERT INTO upload (id, tip_id, expires_at) VALUES (p_upload_id, bound_to, p_expires_at);
    IF bound_to IS NOT NULL THEN
        PERFORM ledger_append(bound_to, 'upload_opened', 'citizen', json_build_object('upload', p_upload_id));
    END IF;
END
$$;

-- A tip that is taken back takes its broadcasts along; one that is deleted, what staff asked in them.
CREATE FUNCTION live_ends_with_tip() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE live_session SET closed_at = clock_timestamp(), how_closed = 'citizen',
        ended_at = coalesce(ended_at, clock_timestamp()), how_ended = coalesce(how_ended, 'citizen')
    WHERE tip_id = NEW.id AND closed_at IS NULL;
    DELETE FROM live_link WHERE tip_id = NEW.id;
    IF NEW.state = 'purged' THEN
        DELETE FROM live_prompt WHERE session_id IN (SELECT id FROM live_session WHERE tip_id = NEW.id);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER live_ends_with_tip AFTER UPDATE OF state ON tip
    FOR EACH ROW WHEN (NEW.state IN ('withdrawn', 'purged')) EXECUTE FUNCTION live_ends_with_tip();

REVOKE EXECUTE ON FUNCTION
    consent_only_ends, consent_covers, live_finish, live_close, consent_end, camera_add, consent_give,
    consent_revoke, relay_grant_issue, console_live_prompt, console_live_close, console_live_link,
    intake_live_look, intake_live_open, intake_live_part, intake_live_part_upload, intake_live_part_end,
    intake_live_beat, intake_live_end, intake_live_closed, intake_live_tick, intake_live_stop, live_ends_with_tip
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    intake_live_look, intake_live_open, intake_live_part, intake_live_part_upload, intake_live_part_end,
    intake_live_beat, intake_live_end, intake_live_closed, intake_live_tick, intake_live_stop
TO tipline_intake;
GRANT EXECUTE ON FUNCTION console_live_prompt, console_live_close, console_live_link TO tipline_console;
GRANT EXECUTE ON FUNCTION camera_add, consent_give, consent_revoke, relay_grant_issue TO tipline_operator;
GRANT SELECT ON camera, consent, live_part, live_prompt TO tipline_console, tipline_operator;
GRANT SELECT (
    id, tip_id, source, prompt_key, terms, language, opened_at, ends_by, max_bytes, ended_at, how_ended, closed_at,
    how_closed, settled_at, parts, beat_at, behind_ms, pending_bytes, visible, place, consent_id
) ON live_session TO tipline_console, tipline_operator;
GRANT SELECT (tip_id, until, issued_at, issued_by, used_at) ON live_link TO tipline_console, tipline_operator;
GRANT SELECT (consent_id, until, issued_at, issued_by) ON relay_grant TO tipline_operator;
GRANT SELECT (id, tip_id, source, opened_at, ended_at, how_ended, closed_at, how_closed, settled_at)
    ON live_session TO tipline_worker;
GRANT SELECT ON live_part TO tipline_worker;

RESET ROLE;

-- migrate:down
