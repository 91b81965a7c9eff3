-- migrate:up
SET ROLE tipline_owner;

-- The end of a tip. Its row comes before anything is deleted: from then on nothing is added, attached or made, and
-- whoever dies in between is followed by somebody who goes on. `done_at` comes last, when nothing is left.
CREATE TABLE purge (
    tip_id uuid PRIMARY KEY REFERENCES tip,
    reason text NOT NULL CHECK (reason IN ('withdrawn', 'time_over')),
    begun_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    leased_until timestamptz NOT NULL DEFAULT '-infinity',
    done_at timestamptz,
    -- When the store is looked through once more: a worker that froze in mid-write may wake up after the end.
    look_again_at timestamptz,
    CHECK (look_again_at IS NULL OR done_at IS NOT NULL)
);
CREATE INDEX purge_open ON purge (leased_until) WHERE done_at IS NULL;
CREATE INDEX purge_look_again ON purge (look_again_at) WHERE look_again_at IS NOT NULL;
CREATE INDEX media_locked ON media (retain_until) WHERE state <> 'purged';

-- When it was last taken out of a case: a slip can be undone for some days.
ALTER TABLE tip ADD COLUMN detached_at timestamptz;

CREATE FUNCTION note_detached() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE tip SET detached_at = clock_timestamp() WHERE id = OLD.tip_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER note_detached AFTER DELETE ON case_tip FOR EACH ROW EXECUTE FUNCTION note_detached();

-- When a tip is deleted if nothing comes in between: so many days after the last thing that its citizen sent, and
-- never sooner than `p_grace` days after it was in a case. Staff do not put it off by writing. NULL while it is in
-- a case, and once it has ended. `p_locked`: not before the store gives its originals free.
CREATE FUNCTION deletion_due(p_tip_id uuid, p_days integer, p_grace integer, p_locked boolean)
RETURNS timestamptz LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT greatest(
        t.received_at + kept,
        (SELECT max(at) FROM message WHERE tip_id = t.id AND author = 'citizen') + kept,
        (SELECT max(received_at) FROM media WHERE tip_id = t.id) + kept,
        t.detached_at + make_interval(hours => 24 * p_grace),
        CASE WHEN p_locked THEN (SELECT max(retain_until) FROM media WHERE tip_id = t.id) END
    )
    FROM tip t, make_interval(hours => 24 * p_days) kept
    WHERE t.id = p_tip_id AND t.state IN ('new', 'closed')
        AND NOT EXISTS (SELECT FROM case_tip WHERE tip_id = t.id)
$$;

-- What is being deleted takes nothing more, whichever way it comes.
CREATE FUNCTION refuse_ended() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM purge WHERE tip_id = NEW.tip_id) THEN
        RAISE EXCEPTION 'this tip is being deleted' USING ERRCODE = TG_ARGV[0];
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER refuse_ended BEFORE INSERT ON case_tip FOR EACH ROW EXECUTE FUNCTION refuse_ended('TL004');
CREATE TRIGGER refuse_ended BEFORE INSERT ON message FOR EACH ROW EXECUTE FUNCTION refuse_ended('TL004');
CREATE TRIGGER refuse_ended BEFORE INSERT ON tip_note FOR EACH ROW EXECUTE FUNCTION refuse_ended('TL004');
CREATE TRIGGER refuse_ended BEFORE INSERT ON upload
    FOR EACH ROW WHEN (NEW.tip_id IS NOT NULL) EXECUTE FUNCTION refuse_ended('TL001');

-- A pass that is not there admits nobody: who asked for one is told so by the upload.
CREATE FUNCTION skip_ended() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM purge WHERE tip_id = NEW.tip_id) THEN
        RETURN NULL;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER skip_ended BEFORE INSERT ON upload_pass FOR EACH ROW EXECUTE FUNCTION skip_ended();

CREATE FUNCTION stop_at_ended() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM purge WHERE tip_id = NEW.tip_id) THEN
        NEW.stage := 'done';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER stop_at_ended BEFORE UPDATE OF stage ON media
    FOR EACH ROW WHEN (NEW.stage <> 'done') EXECUTE FUNCTION stop_at_ended();

CREATE OR REPLACE FUNCTION actor_fits_login(p_actor text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT CASE session_user
        WHEN 'tipline_intake' THEN p_actor IN ('citizen', 'intake')
        WHEN 'tipline_sms' THEN p_actor = 'citizen'
        WHEN 'tipline_worker' THEN p_actor = 'worker'
        WHEN 'tipline_expire' THEN p_actor = 'expire'
        WHEN 'tipline_console' THEN p_actor LIKE 'reviewer:%'
        WHEN 'tipline_operator' THEN p_actor = 'operator'
        ELSE true
    END
$$;

-- Tips whose end was begun and not done, that were withdrawn, or whose time is over: in this order.
CREATE FUNCTION expire_due(p_days integer, p_grace integer, p_locked boolean, p_limit integer)
RETURNS TABLE (tip_id uuid) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    (SELECT p.tip_id FROM purge p WHERE p.done_at IS NULL AND p.leased_until < clock_timestamp()
     ORDER BY p.leased_until LIMIT p_limit)
    UNION ALL
    (SELECT t.id FROM tip t WHERE t.state = 'withdrawn' AND NOT EXISTS (SELECT FROM purge p WHERE p.tip_id = t.id)
     ORDER BY t.received_at LIMIT p_limit)
    UNION ALL
    (SELECT t.id FROM tip t
     WHERE t.state IN ('new', 'closed') AND t.received_at < clock_timestamp() - make_interval(hours => 24 * p_days)
         AND deletion_due(t.id, p_days, p_grace, p_locked) <= clock_timestamp()
         AND NOT EXISTS (SELECT FROM purge p WHERE p.tip_id = t.id)
         AND NOT EXISTS (SELECT FROM upload u WHERE u.tip_id = t.id AND u.state = 'open'
                             AND u.expires_at > clock_timestamp())
     ORDER BY t.received_at LIMIT p_limit)
$$;

-- Whether the ledger itself lets a tip end. The console may set states and take tips out of cases: whoever has taken
-- it over must not have evidence deleted by a row. A `withdrawn` of the citizen's no other login can enter, and
-- what was attached must have been detached by somebody with a name.
CREATE FUNCTION ledger_lets_end(p_tip_id uuid, p_why text)
RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT count(*) FILTER (WHERE kind = 'attached') <= count(*) FILTER (WHERE kind = 'detached')
        AND (p_why <> 'withdrawn' OR count(*) FILTER (WHERE kind = 'withdrawn' AND actor = 'citizen') > 0)
    FROM (
        SELECT convert_from(body, 'UTF8')::json ->> 'kind' AS kind, convert_from(body, 'UTF8')::json ->> 'actor' AS actor
        FROM ledger WHERE chain = p_tip_id
    ) entries
$$;

-- Begin to end a tip, where it is due and no worker holds any of its media: why, or NULL where it is not to end
-- now. A case that takes the tip meanwhile locks its row as well: one of the two comes first.
CREATE FUNCTION expire_begin(p_tip_id uuid, p_days integer, p_grace integer, p_locked boolean)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    held tip;
    why text;
BEGIN
    -- No stronger: an upload that ends meanwhile, and that is waited for below, refers to this row.
    SELECT * INTO held FROM tip WHERE id = p_tip_id FOR NO KEY UPDATE;
    SELECT reason INTO why FROM purge WHERE tip_id = p_tip_id;
    IF FOUND THEN
        RETURN why;
    END IF;
    IF held.state = 'withdrawn' THEN
        why := 'withdrawn';
    ELSIF deletion_due(p_tip_id, p_days, p_grace, p_locked) <= clock_timestamp() AND NOT EXISTS (
        SELECT FROM upload WHERE tip_id = p_tip_id AND state = 'open' AND expires_at > clock_timestamp()
    ) THEN
        why := 'time_over';
    ELSE
        RETURN NULL;
    END IF;
    IF NOT ledger_lets_end(p_tip_id, why) OR EXISTS (SELECT FROM case_tip WHERE tip_id = p_tip_id) THEN
        RETURN NULL;
    END IF;
    UPDATE upload SET state = 'terminated' WHERE tip_id = p_tip_id AND state = 'open';
    PERFORM FROM media WHERE tip_id = p_tip_id ORDER BY id FOR NO KEY UPDATE;
    -- Whoever holds one may be writing into the store just now.
    IF EXISTS (SELECT FROM media WHERE tip_id = p_tip_id AND leased_until > clock_timestamp()) THEN
        RETURN NULL;
    END IF;
    UPDATE media SET stage = 'done', fence = fence + 1, leased_until = NULL WHERE tip_id = p_tip_id;
    DELETE FROM upload_pass WHERE tip_id = p_tip_id;
    UPDATE tip SET upload_token = NULL, uploads_until = NULL, waits = false WHERE id = p_tip_id;
    UPDATE text_out SET state = 'stopped', sealed = NULL
    WHERE tip_id = p_tip_id AND state = 'queued';
    INSERT INTO purge (tip_id, reason) VALUES (p_tip_id, why);
    PERFORM ledger_append(p_tip_id, 'purge_begun', 'expire', json_build_object('reason', why));
    RETURN why;
END
$$;

-- The store and the spool hold nothing of it any more; now the words go, their salts, and whatever leads to a
-- number. What stays: that there was a tip, when, its files' sizes and hashes, and the key that the words open.
-- False where it was done before.
CREATE FUNCTION expire_finish(p_tip_id uuid)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    why text;
    files json;
    messages integer;
    notes integer;
    reasons integer;
BEGIN
    PERFORM FROM tip WHERE id = p_tip_id FOR NO KEY UPDATE;
    UPDATE purge SET done_at = clock_timestamp(), look_again_at = clock_timestamp() + interval '15 minutes'
    WHERE tip_id = p_tip_id AND done_at IS NULL RETURNING reason INTO why;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    IF EXISTS (SELECT FROM case_tip WHERE tip_id = p_tip_id) THEN
        RAISE EXCEPTION 'what is in a case is not deleted' USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM FROM media WHERE tip_id = p_tip_id ORDER BY id FOR NO KEY UPDATE;
    DELETE FROM message WHERE tip_id = p_tip_id;
    GET DIAGNOSTICS messages = ROW_COUNT;
    DELETE FROM tip_note WHERE tip_id = p_tip_id;
    GET DIAGNOSTICS notes = ROW_COUNT;
    DELETE FROM unsealing WHERE media_id IN (SELECT id FROM media WHERE tip_id = p_tip_id);
    GET DIAGNOSTICS reasons = ROW_COUNT;
    DELETE FROM trace WHERE media_id IN (SELECT id FROM media WHERE tip_id = p_tip_id);
    DELETE FROM piece WHERE media_id IN (SELECT id FROM media WHERE tip_id = p_tip_id);
    DELETE FROM texted_tip WHERE tip_id = p_tip_id;
    -- What still has to be deleted at the carrier is known by its tip until then.
    UPDATE text_in SET tip_id = NULL WHERE tip_id = p_tip_id AND state = 'done';
    UPDATE text_out SET tip_id = NULL WHERE tip_id = p_tip_id AND state NOT IN ('queued', 'sending');
    SELECT coalesce(json_agg(json_build_object('media', id, 'sha256', encode(sha256, 'hex'), 'bytes', bytes)
                             ORDER BY received_at, id), '[]')
    INTO files FROM media WHERE tip_id = p_tip_id;
    UPDATE derivative SET facts = '{}' WHERE media_id IN (SELECT id FROM media WHERE tip_id = p_tip_id);
    -- Its fingerprints go with this statement (`purged_leaves_no_prints`).
    UPDATE media SET state = 'purged', sealed_name = NULL, facts = NULL, quarantine_code = NULL,
        quarantine_sentence = NULL
    WHERE tip_id = p_tip_id;
    UPDATE tip SET state = 'purged', closed_reason = NULL, waits = false WHERE id = p_tip_id;
    PERFORM ledger_append(p_tip_id, 'purged', 'expire', json_build_object(
        'reason', why, 'media', files, 'messages', messages, 'notes', notes, 'unsealings', reasons
    ));
    RETURN true;
END
$$;

-- Texts that were under way when their tip ended lose their way to it as well.
CREATE FUNCTION expire_unlink_texts()
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE text_in SET tip_id = NULL FROM purge p
    WHERE p.tip_id = text_in.tip_id AND p.done_at IS NOT NULL AND text_in.state = 'done';
    UPDATE text_out SET tip_id = NULL FROM purge p
    WHERE p.tip_id = text_out.tip_id AND p.done_at IS NOT NULL AND text_out.state NOT IN ('queued', 'sending')
$$;

-- How one thread ends, or has, for whoever brings the lookup value of its words. Right and wrong words run the same statement.
CREATE FUNCTION intake_ending(p_lookup bytea, p_days integer, p_grace integer, p_locked boolean)
RETURNS json LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT json_build_object(
        'due', deletion_due(t.id, p_days, p_grace, p_locked), 'begun', p.tip_id IS NOT NULL,
        'deleted_at', p.done_at, 'reason', p.reason
    )
    FROM tip t LEFT JOIN purge p ON p.tip_id = t.id WHERE t.receipt_lookup = sha256(p_lookup)
$$;

-- Originals whose lock ends before it should: as long as a case has the tip it lies `p_case_days` ahead, or half of
-- that at least; otherwise it lasts as long as the tip, which a later message may have made longer.
CREATE FUNCTION locks_to_extend(p_days integer, p_grace integer, p_case_days integer, p_limit integer)
RETURNS TABLE (
    media_id uuid, tip_id uuid, object_key text, object_version text, until timestamptz, cases uuid[]
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    (SELECT m.id, m.tip_id, m.object_key, m.object_version,
            clock_timestamp() + make_interval(hours => 24 * p_case_days),
            array_agg(c.case_id ORDER BY c.case_id)
     FROM media m JOIN case_tip c ON c.tip_id = m.tip_id
     WHERE m.state <> 'purged' AND m.object_key IS NOT NULL
         AND m.retain_until < clock_timestamp() + make_interval(hours => 12 * p_case_days)
     GROUP BY m.id ORDER BY m.retain_until LIMIT p_limit)
    UNION ALL
    (SELECT m.id, m.tip_id, m.object_key, m.object_version, due, '{}'::uuid[]
     FROM media m, deletion_due(m.tip_id, p_days, p_grace, false) due
     WHERE m.state <> 'purged' AND m.object_key IS NOT NULL
         AND m.retain_until < clock_timestamp() + interval '2 days' AND m.retain_until < due - interval '1 hour'
         AND due > clock_timestamp() + interval '1 hour'
     ORDER BY m.retain_until LIMIT p_limit)
$$;

REVOKE EXECUTE ON FUNCTION
    note_detached, deletion_due, refuse_ended, skip_ended, stop_at_ended, ledger_lets_end, expire_due, expire_begin, expire_finish,
    expire_unlink_texts, intake_ending, locks_to_extend
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION expire_due, expire_begin, expire_finish, expire_unlink_texts TO tipline_expire;
GRANT SELECT, UPDATE (leased_until, look_again_at) ON purge TO tipline_expire;
GRANT SELECT (id, tip_id, object_key, upload_id) ON media TO tipline_expire;
GRANT SELECT (media_id, object_key) ON derivative, piece TO tipline_expire;
GRANT SELECT (id, tip_id) ON upload TO tipline_expire;
GRANT EXECUTE ON FUNCTION intake_ending TO tipline_intake;
GRANT EXECUTE ON FUNCTION locks_to_extend TO tipline_worker;
GRANT EXECUTE ON FUNCTION deletion_due TO tipline_console, tipline_operator;
GRANT SELECT ON purge TO tipline_console, tipline_operator;

RESET ROLE;

-- migrate:down
