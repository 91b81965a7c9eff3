-- migrate:up
SET ROLE tipline_owner;

-- The vault. Somebody who texts, to staff a handle that was drawn and says nothing. `sealed` is the number under
-- a key that the SMS door alone holds; `mark` its HMAC under another, by which it is known again. STOP and time
-- destroy the number; the mark stays after STOP, so that it is remembered, and goes with time otherwise.
CREATE TABLE texter (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    handle text NOT NULL UNIQUE CHECK (handle ~ '^[2-9CDFGHJKMNPQRTVWX]{4,8}$'),
    mark bytea UNIQUE CHECK (octet_length(mark) = 32),
    sealed bytea,
    language text NOT NULL,
    expires_at timestamptz NOT NULL,
    stopped_at timestamptz,
    -- When it was last answered by itself, and when STOP was last confirmed.
    replied_at timestamptz,
    confirmed_at timestamptz,
    CHECK (stopped_at IS NULL OR sealed IS NULL),
    CHECK (mark IS NOT NULL OR sealed IS NULL)
);
CREATE INDEX texter_expiring ON texter (expires_at) WHERE mark IS NOT NULL;

CREATE TABLE texted_tip (
    tip_id uuid PRIMARY KEY REFERENCES tip,
    texter_id uuid NOT NULL REFERENCES texter,
    since timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX texted_tip_of ON texted_tip (texter_id, since DESC);

-- Every message that came, by the hash of the carrier's id; the id itself goes once the carrier has deleted it.
-- `files`: media to fetch; `sealing`: fetched, not sealed yet; `settle`: to be deleted at the carrier.
CREATE TABLE text_in (
    once bytea PRIMARY KEY CHECK (octet_length(once) = 32),
    sid text,
    texter_id uuid REFERENCES texter,
    tip_id uuid REFERENCES tip,
    found_by text NOT NULL CHECK (found_by IN ('webhook', 'poll')),
    state text NOT NULL DEFAULT 'settle' CHECK (state IN ('files', 'sealing', 'settle', 'done')),
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    attempts integer NOT NULL DEFAULT 0,
    due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK ((sid IS NULL) = (state = 'done'))
);
CREATE INDEX text_in_open ON text_in (due_at) WHERE state <> 'done';

-- One file of a message, as the carrier's API lists it; `upload_id` once our own front door has it.
CREATE TABLE text_file (
    once bytea PRIMARY KEY CHECK (octet_length(once) = 32),
    text_once bytea NOT NULL REFERENCES text_in,
    sid text,
    upload_id uuid UNIQUE,
    -- Why it was not taken.
    reason text
);
CREATE INDEX text_file_of ON text_file (text_once);

-- What goes out. `sealed` is for the SMS door's own key, and goes once the carrier has the text or never will.
CREATE TABLE text_out (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    texter_id uuid NOT NULL REFERENCES texter,
    tip_id uuid REFERENCES tip,
    sequence integer,
    kind text NOT NULL CHECK (kind IN ('receipt', 'link', 'stopped', 'started', 'help', 'staff')),
    sealed bytea,
    state text NOT NULL DEFAULT 'queued'
        CHECK (state IN ('queued', 'sending', 'sent', 'delivered', 'failed', 'stopped')),
    reason text,
    sid text UNIQUE,
    -- Thousandths of a dollar, as reckoned; NULL until it was first tried.
    mills integer,
    attempts integer NOT NULL DEFAULT 0,
    due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    tried_at timestamptz,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    settled_at timestamptz,
    UNIQUE (tip_id, sequence),
    CHECK ((kind = 'staff') = (sequence IS NOT NULL)),
    CHECK ((sealed IS NOT NULL) = (state IN ('queued', 'sending')))
);
CREATE INDEX text_out_open ON text_out (due_at) WHERE state IN ('queued', 'sending');
CREATE INDEX text_out_there ON text_out (at) WHERE sid IS NOT NULL;

CREATE TABLE text_spend (
    day date PRIMARY KEY,
    mills bigint NOT NULL
);

-- Up to when the carrier's list of messages was read; one row.
CREATE TABLE text_poll (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    read_until timestamptz NOT NULL
);

-- The SMS door's queue: ids only, in a lane of its own.
CREATE FUNCTION enqueue_text(p_task text, p_id text, p_at timestamptz)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM procrastinate_defer_jobs_v1(ARRAY[ROW(
        'sms', p_task, 0, NULL, p_task || ' ' || p_id, jsonb_build_object('text', p_id), p_at
    )::procrastinate_job_to_defer_v1]);
EXCEPTION WHEN unique_violation THEN
    NULL;
END
$$;

-- The texter's tip that is open still, NULL where there is none.
CREATE FUNCTION sms_current_tip(p_texter_id uuid)
RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT t.id FROM texted_tip x JOIN tip t ON t.id = x.tip_id
    WHERE x.texter_id = p_texter_id AND t.state IN ('new', 'attached') ORDER BY x.since DESC LIMIT 1
$$;

-- What staff wrote goes out by text as well, where the tip came by text: false where it did not.
CREATE FUNCTION console_text(p_tip_id uuid, p_sequence integer, p_sealed bytea)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    whom texter;
    queued uuid;
BEGIN
    SELECT t.* INTO whom FROM texted_tip x JOIN texter t ON t.id = x.texter_id WHERE x.tip_id = p_tip_id;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    IF whom.stopped_at IS NOT NULL THEN
        INSERT INTO text_out (texter_id, tip_id, sequence, kind, state)
        VALUES (whom.id, p_tip_id, p_sequence, 'staff', 'stopped') ON CONFLICT DO NOTHING;
        RETURN true;
    END IF;
    INSERT INTO text_out (texter_id, tip_id, sequence, kind, sealed)
    VALUES (whom.id, p_tip_id, p_sequence, 'staff', p_sealed) ON CONFLICT DO NOTHING RETURNING id INTO queued;
    IF FOUND THEN
        PERFORM enqueue_text('send', queued::text, NULL);
    END IF;
    RETURN true;
END
$$;

CREATE OR REPLACE FUNCTION actor_fits_login(p_actor text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT CASE session_user
        WHEN 'tipline_intake' THEN p_actor IN ('citizen', 'intake')
        WHEN 'tipline_sms' THEN p_actor = 'citizen'
        WHEN 'tipline_worker' THEN p_actor = 'worker'
        WHEN 'tipline_console' THEN p_actor LIKE 'reviewer:%'
        WHEN 'tipline_operator' THEN p_actor = 'operator'
        ELSE true
    END
$$;

REVOKE EXECUTE ON FUNCTION enqueue_text, sms_current_tip, console_text FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    sms_open_tip, sms_write, sms_citizen_key, sms_admit, sms_current_tip, enqueue_text, intake_upload_state
TO tipline_sms;
GRANT SELECT, INSERT, UPDATE ON texter, text_in, text_file, text_out, text_spend, text_poll TO tipline_sms;
GRANT SELECT, INSERT ON texted_tip TO tipline_sms;

GRANT EXECUTE ON FUNCTION console_text TO tipline_console;
GRANT SELECT ON texted_tip TO tipline_console, tipline_operator;
GRANT SELECT (id, handle, stopped_at) ON texter TO tipline_console, tipline_operator;
GRANT SELECT (tip_id, sequence, kind, state, reason, at) ON text_out TO tipline_console, tipline_operator;

-- The queue is shared; what is in it is not. Functions of procrastinate run as whoever calls them.
GRANT SELECT, INSERT, UPDATE, DELETE
    ON procrastinate_jobs, procrastinate_events, procrastinate_periodic_defers, procrastinate_workers
    TO tipline_sms;
GRANT USAGE ON SEQUENCE
    procrastinate_jobs_id_seq, procrastinate_events_id_seq, procrastinate_periodic_defers_id_seq,
    procrastinate_workers_id_seq
TO tipline_sms;
DO $$
DECLARE
    routine regprocedure;
BEGIN
    FOR routine IN
        SELECT oid FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace AND proname LIKE 'procrastinate\_%'
    LOOP
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO tipline_sms', routine);
    END LOOP;
END
$$;
ALTER TABLE procrastinate_jobs ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_queue ON procrastinate_jobs TO tipline_sms USING (queue_name = 'sms');
CREATE POLICY all_queues ON procrastinate_jobs TO tipline_worker, tipline_operator USING (true);

RESET ROLE;

-- migrate:down
