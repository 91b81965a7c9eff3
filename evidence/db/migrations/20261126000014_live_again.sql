-- migrate:up
SET ROLE tipline_owner;

-- Who came back with the nine words goes live from the tip's page, without the words: by the pass that the page has.
CREATE OR REPLACE FUNCTION intake_live_open(
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
        IF NOT FOUND THEN
            -- Whoever opened the tip with the words. A link that takes so many files is no way to film.
            SELECT tip_id INTO on_tip FROM upload_pass
            WHERE token_sha256 = sha256(p_key) AND until > clock_timestamp() AND files IS NULL;
        END IF;
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

RESET ROLE;

-- migrate:down
