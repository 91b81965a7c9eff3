-- migrate:up
SET ROLE tipline_owner;

ALTER TABLE media DROP CONSTRAINT media_stage_check;
ALTER TABLE media ADD CONSTRAINT media_stage_check
    CHECK (stage IN ('seal', 'inspect', 'preview', 'watch', 'survey', 'normalize', 'done'));

-- Three lanes, so that a big file never starves small ones: `media` for what a person waits for, `large` for
-- what takes long though a person waits for it, `batch` for what nobody waits for.
CREATE FUNCTION lane(p_task text, p_media media)
RETURNS text LANGUAGE sql IMMUTABLE SET search_path = public, pg_temp AS $$
    SELECT CASE
        WHEN p_task = 'normalize' THEN 'batch'
        -- Watchable already, and yet at a stage before that: it is being made again.
        WHEN p_task <> 'survey' AND p_media.state = 'ready' THEN 'batch'
        WHEN p_media.bytes > 100 * 1024 * 1024 THEN 'large'
        -- Must be coded anew before anybody can watch it.
        WHEN p_task = 'watch' AND p_media.kind = 'video' AND p_media.bytes > 10 * 1024 * 1024
            AND p_media.facts #>> '{picture,codec}' <> 'h264' THEN 'large'
        ELSE 'media'
    END
$$;

GRANT EXECUTE ON FUNCTION lane TO tipline_worker;

CREATE OR REPLACE FUNCTION enqueue(p_task text, p_media_id uuid)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM procrastinate_defer_jobs_v1(ARRAY[ROW(
        (SELECT lane(p_task, m) FROM media m WHERE id = p_media_id),
        p_task, CASE p_task WHEN 'survey' THEN 0 ELSE 10 END, NULL, p_task || ' ' || p_media_id,
        jsonb_build_object('media_id', p_media_id), NULL
    )::procrastinate_job_to_defer_v1]);
EXCEPTION WHEN unique_violation THEN
    NULL;
END
$$;

-- A copy that is watched while it is made: pieces of fragmented MP4, the first of them the initialization.
-- They go once the whole copy stands.
CREATE TABLE piece (
    media_id uuid NOT NULL REFERENCES media,
    recipe text NOT NULL,
    number integer NOT NULL CHECK (number >= 0),
    sha256 bytea NOT NULL CHECK (octet_length(sha256) = 32),
    bytes bigint NOT NULL CHECK (bytes > 0),
    -- With the codecs (RFC 6381): a player must know them before the first byte.
    mime text NOT NULL,
    object_key text NOT NULL,
    object_version text,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (media_id, recipe, number)
);
GRANT SELECT ON piece TO tipline_console, tipline_operator;
GRANT SELECT, INSERT, DELETE ON piece TO tipline_worker;

-- Ask for everything that is made of an original to be made again, as today's recipes have it. What there is
-- stays until the new stands. A file that was set aside gets another chance.
CREATE FUNCTION rederive(p_media_id uuid)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE media SET stage = 'inspect', attempts = 0, quarantine_code = NULL, quarantine_sentence = NULL,
        state = CASE state WHEN 'quarantined' THEN 'sealed' ELSE state END
    WHERE id = p_media_id AND sha256 IS NOT NULL
        AND (state = 'ready' AND stage = 'done' OR state = 'quarantined');
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM enqueue('inspect', p_media_id);
    RETURN true;
END
$$;
REVOKE EXECUTE ON FUNCTION rederive FROM PUBLIC;
GRANT EXECUTE ON FUNCTION rederive TO tipline_operator;

RESET ROLE;

-- migrate:down
