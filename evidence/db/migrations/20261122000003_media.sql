-- migrate:up
SET ROLE tipline_owner;

-- The bookkeeping of a transfer. Its bytes, length and name live in the spool, not here.
CREATE TABLE upload (
    id uuid PRIMARY KEY,
    tip_id uuid REFERENCES tip,
    state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'received', 'terminated', 'expired')),
    opened_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL
);
CREATE INDEX upload_of_tip ON upload (tip_id);
CREATE INDEX upload_open ON upload (expires_at) WHERE state = 'open';

CREATE TABLE media (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    tip_id uuid NOT NULL REFERENCES tip,
    upload_id uuid NOT NULL UNIQUE REFERENCES upload,
    state text NOT NULL DEFAULT 'received'
        CHECK (state IN ('received', 'sealed', 'ready', 'quarantined', 'purged')),
    -- What is to be done next. This column is the truth; a job is only a hint to look at it.
    stage text NOT NULL DEFAULT 'seal' CHECK (stage IN ('seal', 'inspect', 'preview', 'normalize', 'done')),
    received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    bytes bigint NOT NULL CHECK (bytes >= 0),
    -- SHA-256 over the SHA-256s of the 8 MiB leaves, as the public door saw them arrive.
    leaves_sha256 bytea NOT NULL CHECK (octet_length(leaves_sha256) = 32),
    sealed_name bytea,
    -- Known once sealed.
    sha256 bytea CHECK (octet_length(sha256) = 32),
    object_key text,
    object_version text,
    retain_until timestamptz,
    -- Known once inspected.
    kind text CHECK (kind IN ('video', 'photo', 'audio', 'other')),
    mime text,
    facts jsonb,
    quarantine_code text,
    quarantine_sentence text,
    -- A worker holds a media under a lease; the fence grows with every claim, so that a stale holder's
    -- writes are refused.
    fence bigint NOT NULL DEFAULT 0,
    leased_until timestamptz,
    attempts integer NOT NULL DEFAULT 0,
    CHECK ((state = 'quarantined') = (quarantine_code IS NOT NULL)),
    CHECK ((sha256 IS NULL) = (object_key IS NULL))
);
CREATE INDEX media_of_tip ON media (tip_id, received_at);
CREATE INDEX media_unfinished ON media (received_at) WHERE stage <> 'done' AND state <> 'quarantined';

CREATE TABLE derivative (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    media_id uuid NOT NULL REFERENCES media,
    kind text NOT NULL CHECK (kind IN ('playback', 'poster', 'storyboard', 'waveform', 'still')),
    recipe text NOT NULL,
    input_sha256 bytea NOT NULL CHECK (octet_length(input_sha256) = 32),
    sha256 bytea NOT NULL CHECK (octet_length(sha256) = 32),
    bytes bigint NOT NULL CHECK (bytes >= 0),
    mime text NOT NULL,
    object_key text NOT NULL,
    object_version text,
    facts jsonb NOT NULL DEFAULT '{}',
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (media_id, kind, recipe, input_sha256)
);

-- The one way a job comes to be. Runs in the caller's transaction; a job that already waits is not doubled.
CREATE FUNCTION enqueue(p_task text, p_media_id uuid)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM procrastinate_defer_jobs_v1(ARRAY[ROW(
        'media', p_task, 0, NULL, p_task || ' ' || p_media_id,
        jsonb_build_object('media_id', p_media_id), NULL
    )::procrastinate_job_to_defer_v1]);
EXCEPTION WHEN unique_violation THEN
    NULL;
END
$$;

GRANT SELECT ON upload, media, derivative TO tipline_console, tipline_operator;
GRANT SELECT ON upload, media, derivative TO tipline_worker;
GRANT UPDATE (
    state, stage, sha256, object_key, object_version, retain_until, kind, mime, facts,
    quarantine_code, quarantine_sentence, fence, leased_until, attempts
) ON media TO tipline_worker;
GRANT INSERT ON derivative TO tipline_worker;
GRANT EXECUTE ON FUNCTION enqueue TO tipline_worker;

GRANT SELECT, INSERT, UPDATE, DELETE
    ON procrastinate_jobs, procrastinate_events, procrastinate_periodic_defers, procrastinate_workers
    TO tipline_worker;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO tipline_worker;
GRANT SELECT ON procrastinate_jobs TO tipline_operator;
DO $$
DECLARE
    routine regprocedure;
BEGIN
    FOR routine IN
        SELECT oid FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace AND proname LIKE 'procrastinate\_%'
    LOOP
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO tipline_worker', routine);
    END LOOP;
END
$$;

RESET ROLE;

-- migrate:down
