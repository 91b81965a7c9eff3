-- migrate:up
SET ROLE tipline_owner;

-- A thread goes both ways. What staff write is signed by the console; `read_at` is when the citizen first opened
-- it. `once` is SHA-256 of a random key of the form (or of the carrier's id of a text): sent twice is one message.
ALTER TABLE message
    ADD COLUMN once bytea CHECK (octet_length(once) = 32),
    ADD COLUMN read_at timestamptz,
    ADD CONSTRAINT message_once UNIQUE (tip_id, once),
    ADD CONSTRAINT message_staff_signed CHECK ((author = 'staff') = (signature IS NOT NULL)),
    ADD CONSTRAINT message_signature CHECK (octet_length(signature) = 64),
    ADD CONSTRAINT message_staff_readable CHECK (author = 'citizen' OR sealed_citizen IS NOT NULL),
    ADD CONSTRAINT message_read_of_staff CHECK (author = 'staff' OR read_at IS NULL);

-- The citizen wrote again, and nobody has answered, or said that there is nothing to answer.
ALTER TABLE tip ADD COLUMN waits boolean NOT NULL DEFAULT false;
CREATE INDEX tip_waits ON tip (received_at DESC, id DESC) WHERE waits;
GRANT UPDATE (waits) ON tip TO tipline_console;

-- A later permission to send media to a tip that is there: for whoever came back with the words, or was sent a
-- link. `files` is how many more it opens, NULL for as many as a tip takes.
CREATE TABLE upload_pass (
    token_sha256 bytea PRIMARY KEY CHECK (octet_length(token_sha256) = 32),
    tip_id uuid NOT NULL REFERENCES tip,
    until timestamptz NOT NULL,
    files integer CHECK (files >= 0)
);
CREATE INDEX upload_pass_of_tip ON upload_pass (tip_id, until);

-- What the worker that sealed a media says of it to whoever sent it: signed text that names nobody.
CREATE TABLE statement (
    media_id uuid PRIMARY KEY REFERENCES media,
    body bytea NOT NULL,
    signature bytea NOT NULL CHECK (octet_length(signature) = 64)
);

-- The one way into a thread; nobody may call it, only the functions below, one for each door. Answers the message's
-- sequence; the same `once` gets the same answer and writes nothing. TL001 no such tip, TL004 the thread has
-- ended, TL005 the citizen could not read it, TL006 too much, TL007 another sequence was signed.
CREATE FUNCTION thread_append(
    p_tip_id uuid, p_author text, p_actor text, p_sealed_agency bytea, p_sealed_citizen bytea,
    p_once bytea, p_signature bytea, p_sequence integer
) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    held tip;
    placed integer;
BEGIN
    SELECT * INTO held FROM tip WHERE id = p_tip_id FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'unknown tip' USING ERRCODE = 'TL001';
    END IF;
    SELECT sequence INTO placed FROM message WHERE tip_id = p_tip_id AND once = p_once;
    IF FOUND THEN
        RETURN placed;
    END IF;
    IF held.state IN ('withdrawn', 'purged') THEN
        RAISE EXCEPTION 'this thread has ended' USING ERRCODE = 'TL004';
    END IF;
    IF held.citizen_key IS NULL OR p_sealed_citizen IS NULL THEN
        RAISE EXCEPTION 'nobody holds a receipt of this tip' USING ERRCODE = 'TL005';
    END IF;
    SELECT coalesce(max(sequence), 0) + 1 INTO placed FROM message WHERE tip_id = p_tip_id;
    IF placed > 1000 OR greatest(octet_length(p_sealed_agency), octet_length(p_sealed_citizen)) > 65536 THEN
        RAISE EXCEPTION 'too much for one thread' USING ERRCODE = 'TL006';
    END IF;
    IF placed <> coalesce(p_sequence, placed) THEN
        RAISE EXCEPTION 'message % was signed, % is next', p_sequence, placed USING ERRCODE = 'TL007';
    END IF;
    INSERT INTO message (tip_id, sequence, author, sealed_agency, sealed_citizen, signature, once)
    VALUES (p_tip_id, placed, p_author, p_sealed_agency, p_sealed_citizen, p_signature, p_once);
    UPDATE tip SET waits = (p_author = 'citizen') WHERE id = p_tip_id;
    -- The ledger notifies. A sealed box begins with a random key: its hash commits, and tells nothing.
    PERFORM ledger_append(p_tip_id, 'message', p_actor, json_build_object(
        'sequence', placed, 'author', p_author,
        'agency_sha256', encode(sha256(p_sealed_agency), 'hex'),
        'citizen_sha256', encode(sha256(p_sealed_citizen), 'hex')
    ));
    RETURN placed;
END
$$;

-- A citizen with the words. NULL where no thread has them.
CREATE FUNCTION intake_write(
    p_lookup_sha256 bytea, p_sealed_agency bytea, p_sealed_citizen bytea, p_once bytea
) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    RETURN (SELECT thread_append(id, 'citizen', 'citizen', p_sealed_agency, p_sealed_citizen, p_once, NULL, NULL)
            FROM tip WHERE receipt_lookup = p_lookup_sha256);
END
$$;

-- Staff. The console signs the sequence, so it holds the tip's row, looks which is next, and says it.
CREATE FUNCTION console_write(
    p_tip_id uuid, p_sequence integer, p_actor text, p_sealed_agency bytea, p_sealed_citizen bytea,
    p_signature bytea, p_once bytea
) RETURNS integer LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT thread_append(p_tip_id, 'staff', p_actor, p_sealed_agency, p_sealed_citizen, p_once, p_signature,
                         p_sequence)
$$;

-- A citizen who texts: the SMS door knows the tip by the number, and never the words.
CREATE FUNCTION sms_write(p_tip_id uuid, p_sealed_agency bytea, p_sealed_citizen bytea, p_once bytea)
RETURNS integer LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT thread_append(p_tip_id, 'citizen', 'citizen', p_sealed_agency, p_sealed_citizen, p_once, NULL, NULL)
$$;

-- The public key to seal to, NULL where the tip has none.
CREATE FUNCTION sms_citizen_key(p_tip_id uuid)
RETURNS bytea LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT citizen_key FROM tip WHERE id = p_tip_id
$$;

CREATE FUNCTION sms_open_tip(
    p_language text, p_sealed_agency bytea, p_sealed_citizen bytea, p_lookup_sha256 bytea, p_citizen_key bytea
) RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    opened uuid;
BEGIN
    INSERT INTO tip (channel, language, receipt_lookup, citizen_key)
    VALUES ('sms', p_language, p_lookup_sha256, p_citizen_key) RETURNING id INTO opened;
    INSERT INTO message (tip_id, sequence, author, sealed_agency, sealed_citizen)
    VALUES (opened, 1, 'citizen', p_sealed_agency, p_sealed_citizen);
    PERFORM ledger_append(opened, 'opened', 'citizen', json_build_object(
        'channel', 'sms', 'language', p_language, 'message_sha256', encode(sha256(p_sealed_agency), 'hex')
    ));
    RETURN opened;
END
$$;

-- Whether the tip takes more media now; passes that are over go.
CREATE FUNCTION thread_admit(p_tip_id uuid, p_token_sha256 bytea, p_until timestamptz, p_files integer)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM tip WHERE id = p_tip_id AND state NOT IN ('withdrawn', 'purged') FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    DELETE FROM upload_pass WHERE tip_id = p_tip_id AND (until < clock_timestamp() OR files = 0);
    INSERT INTO upload_pass VALUES (p_token_sha256, p_tip_id, p_until, p_files);
    RETURN true;
END
$$;

CREATE FUNCTION intake_admit(p_lookup_sha256 bytea, p_token_sha256 bytea, p_until timestamptz)
RETURNS boolean LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT thread_admit((SELECT id FROM tip WHERE receipt_lookup = p_lookup_sha256), p_token_sha256, p_until, NULL)
$$;

CREATE FUNCTION sms_admit(p_tip_id uuid, p_token_sha256 bytea, p_until timestamptz, p_files integer)
RETURNS boolean LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT thread_admit(p_tip_id, p_token_sha256, p_until, p_files)
$$;

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
        IF (SELECT count(*) FROM upload WHERE tip_id = bound_to AND state IN ('open', 'received')) >= p_max_files
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

-- One thread's envelopes, for whoever holds the words, and a mark on what staff wrote: it was opened. Right and
-- wrong words run the same statements.
CREATE OR REPLACE FUNCTION intake_mailbox(p_lookup_sha256 bytea)
RETURNS json LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    found_tip uuid := (SELECT id FROM tip WHERE receipt_lookup = p_lookup_sha256);
    now_read integer;
BEGIN
    UPDATE message SET read_at = clock_timestamp()
    WHERE tip_id = found_tip AND author = 'staff' AND read_at IS NULL;
    GET DIAGNOSTICS now_read = ROW_COUNT;
    IF now_read > 0 THEN
        PERFORM pg_notify('ledger', found_tip || ' message_read');
    END IF;
    RETURN (
        SELECT json_build_object(
            'tip', t.id,
            'state', t.state,
            'received_at', t.received_at,
            'media', (
                SELECT coalesce(json_agg(json_build_object(
                    'state', m.state, 'bytes', m.bytes, 'sha256', encode(m.sha256, 'hex'),
                    'received_at', m.received_at, 'trouble', m.quarantine_code,
                    'seems', (SELECT grade FROM trace WHERE media_id = m.id),
                    'statement', convert_from(s.body, 'UTF8'), 'signature', encode(s.signature, 'hex')
                ) ORDER BY m.received_at, m.id), '[]')
                FROM media m LEFT JOIN statement s ON s.media_id = m.id WHERE m.tip_id = t.id
            ),
            'messages', (
                SELECT coalesce(json_agg(json_build_object(
                    'sequence', g.sequence, 'author', g.author, 'at', g.at,
                    'sealed_citizen', encode(g.sealed_citizen, 'base64'),
                    'agency_sha256', encode(sha256(g.sealed_agency), 'hex'),
                    'signature', encode(g.signature, 'hex')
                ) ORDER BY g.sequence), '[]')
                FROM message g WHERE g.tip_id = t.id
            )
        )
        FROM tip t WHERE t.id = found_tip
    );
END
$$;

-- Take back what is no evidence: NULL where no thread has the words, false where it is in a case. What still
-- comes in is refused, and of what is here nothing more is made.
CREATE FUNCTION intake_withdraw(p_lookup_sha256 bytea)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    held tip;
BEGIN
    -- No stronger: an upload that ends meanwhile, and that is waited for below, refers to this row.
    SELECT * INTO held FROM tip WHERE receipt_lookup = p_lookup_sha256 FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    IF held.state IN ('withdrawn', 'purged') THEN
        RETURN true;
    END IF;
    IF held.state = 'attached' THEN
        RETURN false;
    END IF;
    UPDATE upload SET state = 'terminated' WHERE tip_id = held.id AND state = 'open';
    -- Whatever a worker does to them just now is done, or sees the tip withdrawn.
    PERFORM FROM media WHERE tip_id = held.id FOR UPDATE;
    UPDATE tip SET state = 'withdrawn', closed_reason = NULL, waits = false WHERE id = held.id;
    UPDATE media SET stage = 'done' WHERE tip_id = held.id AND stage NOT IN ('seal', 'done');
    DELETE FROM upload_pass WHERE tip_id = held.id;
    PERFORM ledger_append(held.id, 'withdrawn', 'citizen', '{}');
    RETURN true;
END
$$;

-- What is on its way to the store is still sealed, so that the spool may let go of it, and goes no further.
CREATE FUNCTION stop_at_withdrawn() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM tip WHERE id = NEW.tip_id AND state = 'withdrawn') THEN
        NEW.stage := 'done';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER stop_at_withdrawn BEFORE UPDATE OF stage ON media
    FOR EACH ROW WHEN (NEW.stage NOT IN ('seal', 'done')) EXECUTE FUNCTION stop_at_withdrawn();

REVOKE EXECUTE ON FUNCTION
    thread_append, thread_admit, intake_write, intake_admit, intake_withdraw, console_write,
    sms_open_tip, sms_write, sms_citizen_key, sms_admit, stop_at_withdrawn
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION intake_write, intake_admit, intake_withdraw TO tipline_intake;
GRANT EXECUTE ON FUNCTION console_write TO tipline_console;
GRANT SELECT, INSERT ON statement TO tipline_worker;
GRANT SELECT ON statement TO tipline_operator;

RESET ROLE;

-- migrate:down
