-- migrate:up
SET ROLE tipline_owner;

-- Everything the public door may do. It has no right on any table: these functions run as the owner and
-- answer no more than the door needs. SQLSTATE TL001..TL003 are translated in evidence.media.door.

CREATE FUNCTION intake_open_tip(
    p_channel text, p_language text, p_sealed_agency bytea, p_sealed_citizen bytea,
    p_lookup_sha256 bytea, p_citizen_key bytea, p_token_sha256 bytea, p_uploads_until timestamptz
) RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    opened uuid;
BEGIN
    IF p_channel NOT IN ('web', 'live') THEN
        RAISE EXCEPTION 'this door opens no tip by %', p_channel USING ERRCODE = 'insufficient_privilege';
    END IF;
    INSERT INTO tip (channel, language, receipt_lookup, citizen_key, upload_token, uploads_until)
    VALUES (p_channel, p_language, p_lookup_sha256, p_citizen_key, p_token_sha256, p_uploads_until)
    RETURNING id INTO opened;
    INSERT INTO message (tip_id, sequence, author, sealed_agency, sealed_citizen)
    VALUES (opened, 1, 'citizen', p_sealed_agency, p_sealed_citizen);
    PERFORM ledger_append(opened, 'opened', 'citizen', json_build_object(
        'channel', p_channel, 'language', p_language,
        'message_sha256', encode(sha256(p_sealed_agency), 'hex')
    ));
    RETURN opened;
END
$$;

CREATE FUNCTION intake_open_upload(
    p_upload_id uuid, p_token_sha256 bytea, p_max_files integer, p_expires_at timestamptz
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    bound_to uuid;
BEGIN
    IF p_token_sha256 IS NOT NULL THEN
        -- The row lock makes the count below true for parallel uploads of one tip.
        SELECT id INTO bound_to FROM tip
        WHERE upload_token = p_token_sha256 AND uploads_until > clock_timestamp()
            AND state NOT IN ('withdrawn', 'purged')
        FOR UPDATE;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'unknown tip' USING ERRCODE = 'TL001';
        END IF;
        IF (SELECT count(*) FROM upload WHERE tip_id = bound_to AND state IN ('open', 'received')) >= p_max_files
        THEN
            RAISE EXCEPTION 'too many files' USING ERRCODE = 'TL002';
        END IF;
    END IF;
    INSERT INTO upload (id, tip_id, expires_at) VALUES (p_upload_id, bound_to, p_expires_at);
    IF bound_to IS NOT NULL THEN
        PERFORM ledger_append(bound_to, 'upload_opened', 'citizen', json_build_object('upload', p_upload_id));
    END IF;
END
$$;

-- The last byte is on disk: media, ledger entry and job come to be together, once.
CREATE FUNCTION intake_finish_upload(
    p_upload_id uuid, p_bytes bigint, p_leaves_sha256 bytea, p_sealed_name bytea
) RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    held upload;
    received uuid;
BEGIN
    SELECT * INTO held FROM upload WHERE id = p_upload_id FOR UPDATE;
    IF NOT FOUND OR held.state IN ('terminated', 'expired') THEN
        RAISE EXCEPTION 'unknown upload' USING ERRCODE = 'TL003';
    END IF;
    IF held.state = 'received' THEN
        SELECT id INTO received FROM media WHERE upload_id = p_upload_id;
        RETURN received;
    END IF;
    IF held.tip_id IS NULL THEN
        -- A bare client knows nothing of tips; one is opened for it.
        INSERT INTO tip (channel) VALUES ('web') RETURNING id INTO held.tip_id;
        PERFORM ledger_append(held.tip_id, 'opened', 'intake', json_build_object('channel', 'web'));
        PERFORM ledger_append(held.tip_id, 'upload_opened', 'citizen', json_build_object(
            'upload', p_upload_id, 'opened_at', held.opened_at
        ));
    END IF;
    UPDATE upload SET state = 'received', tip_id = held.tip_id WHERE id = p_upload_id;
    INSERT INTO media (tip_id, upload_id, bytes, leaves_sha256, sealed_name)
    VALUES (held.tip_id, p_upload_id, p_bytes, p_leaves_sha256, p_sealed_name)
    RETURNING id INTO received;
    PERFORM ledger_append(held.tip_id, 'received', 'intake', json_build_object(
        'media', received, 'upload', p_upload_id, 'bytes', p_bytes,
        'leaf_bytes', 8388608, 'leaves_sha256', encode(p_leaves_sha256, 'hex'),
        'name_sha256', encode(sha256(p_sealed_name), 'hex')
    ));
    PERFORM enqueue('seal', received);
    RETURN received;
END
$$;

-- open | received (the spool still holds the only copy) | sealed | gone, or NULL where unknown.
CREATE FUNCTION intake_upload_state(p_upload_id uuid)
RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT CASE
        WHEN u.state = 'open' THEN 'open'
        WHEN u.state IN ('terminated', 'expired') OR m.state = 'purged' THEN 'gone'
        WHEN m.sha256 IS NOT NULL THEN 'sealed'
        ELSE 'received'
    END
    FROM upload u LEFT JOIN media m ON m.upload_id = u.id
    WHERE u.id = p_upload_id
$$;

CREATE FUNCTION intake_end_upload(p_upload_id uuid, p_how text)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    bound_to uuid;
BEGIN
    IF p_how NOT IN ('terminated', 'expired') THEN
        RAISE EXCEPTION 'an upload does not end as %', p_how USING ERRCODE = 'insufficient_privilege';
    END IF;
    UPDATE upload SET state = p_how WHERE id = p_upload_id AND state = 'open' RETURNING tip_id INTO bound_to;
    IF NOT FOUND THEN
        RETURN (SELECT state IN ('terminated', 'expired') FROM upload WHERE id = p_upload_id);
    END IF;
    IF bound_to IS NOT NULL THEN
        PERFORM ledger_append(bound_to, 'upload_' || p_how, 'intake', json_build_object('upload', p_upload_id));
    END IF;
    RETURN true;
END
$$;

-- One thread's envelopes, for whoever holds the receipt's words. Nothing in it is readable without them.
CREATE FUNCTION intake_mailbox(p_lookup_sha256 bytea)
RETURNS json LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT json_build_object(
        'state', t.state,
        'received_at', t.received_at,
        'media', (
            SELECT coalesce(json_agg(json_build_object(
                'state', m.state, 'bytes', m.bytes, 'sha256', encode(m.sha256, 'hex'),
                'received_at', m.received_at
            ) ORDER BY m.received_at, m.id), '[]')
            FROM media m WHERE m.tip_id = t.id
        ),
        'messages', (
            SELECT coalesce(json_agg(json_build_object(
                'sequence', g.sequence, 'author', g.author,
                'sealed_citizen', encode(g.sealed_citizen, 'base64'), 'at', g.at
            ) ORDER BY g.sequence), '[]')
            FROM message g WHERE g.tip_id = t.id
        )
    )
    FROM tip t WHERE t.receipt_lookup = p_lookup_sha256
$$;

GRANT EXECUTE ON FUNCTION
    intake_open_tip, intake_open_upload, intake_finish_upload, intake_upload_state, intake_end_upload,
    intake_mailbox
TO tipline_intake;

RESET ROLE;

-- migrate:down
