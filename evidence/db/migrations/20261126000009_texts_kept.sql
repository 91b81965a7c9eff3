-- migrate:up
SET ROLE tipline_owner;

-- How many files a message was said to have, NULL where it came before that was noted; `kept`: not all of them
-- could be fetched, so the carrier's copy of the message stays where it is, and the operator is told.
ALTER TABLE text_in
    ADD COLUMN announced integer CHECK (announced >= 0),
    DROP CONSTRAINT text_in_state_check,
    ADD CONSTRAINT text_in_state_check CHECK (state IN ('files', 'sealing', 'settle', 'kept', 'done'));
-- How often its upload ended before it was whole: the next one has another key.
ALTER TABLE text_file ADD COLUMN tries integer NOT NULL DEFAULT 0;

-- HELP has an answer of its own each hour: carriers ask for it whatever else was said, STOP included.
ALTER TABLE texter ADD COLUMN helped_at timestamptz;

-- What was sent is kept, sealed, until it arrived: a phone that was off is sent it again.
ALTER TABLE text_out
    ADD COLUMN failures integer NOT NULL DEFAULT 0,
    DROP CONSTRAINT text_out_kind_check,
    ADD CONSTRAINT text_out_kind_check CHECK (
        kind IN ('receipt', 'link', 'stopped', 'started', 'help', 'help_stopped', 'staff')
    ),
    DROP CONSTRAINT text_out_check1,
    ADD CONSTRAINT text_out_sealed_until_it_ends CHECK (
        CASE WHEN state IN ('queued', 'sending') THEN sealed IS NOT NULL ELSE state = 'sent' OR sealed IS NULL END
    );
CREATE INDEX text_out_of ON text_out (texter_id, at) WHERE state IN ('queued', 'sending');
-- The carrier's ids of tries that did not arrive: they are still to be deleted there, and say nothing more.
CREATE TABLE text_leftover (
    sid text PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- The list of messages as it was last read whole, and the messages in it that could not be taken in: each is
-- asked for by itself until it can.
ALTER TABLE text_poll
    ADD COLUMN finished_at timestamptz,
    ADD COLUMN readings bigint NOT NULL DEFAULT 0;
CREATE TABLE text_unread (
    sid text PRIMARY KEY,
    code text NOT NULL,
    since timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- What is left of messages whose rows are gone: the hash of the carrier's id, so that none counts again, and how
-- many they were.
CREATE TABLE text_past (
    once bytea PRIMARY KEY CHECK (octet_length(once) = 32)
);
CREATE TABLE text_tally (
    found_by text PRIMARY KEY CHECK (found_by IN ('webhook', 'poll')),
    texts bigint NOT NULL
);

-- Where a file of a message stands. `unfinished`: its upload ended before it was whole. `gone`: it was here and
-- was purged, or its tip was taken back.
CREATE FUNCTION sms_file_state(p_upload_id uuid)
RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT CASE
        WHEN m.state = 'purged' THEN 'gone'
        WHEN m.sha256 IS NOT NULL THEN 'sealed'
        WHEN m.id IS NOT NULL THEN 'received'
        WHEN t.state IN ('withdrawn', 'purged') THEN 'gone'
        WHEN u.state = 'open' THEN 'open'
        ELSE 'unfinished'
    END
    FROM upload u JOIN tip t ON t.id = u.tip_id LEFT JOIN media m ON m.upload_id = u.id
    WHERE u.id = p_upload_id AND t.channel = 'sms'
$$;

-- What nobody needs any more, of before a moment that is at least a day ago: messages that are taken in and
-- deleted at the carrier, answers that led to no tip, and whoever is known by nothing any more. Returns how many
-- messages and answers went.
CREATE FUNCTION sms_expire(p_before timestamptz)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    went bigint;
    answers bigint;
BEGIN
    IF p_before > clock_timestamp() - interval '1 day' THEN
        RAISE EXCEPTION 'too soon' USING ERRCODE = 'insufficient_privilege';
    END IF;
    UPDATE text_in SET tip_id = NULL, texter_id = NULL
    WHERE state = 'done' AND tip_id IN (SELECT id FROM tip WHERE state IN ('withdrawn', 'purged'));
    DELETE FROM text_file WHERE text_once IN (SELECT once FROM text_in WHERE state = 'done' AND at < p_before);
    WITH gone AS (
        DELETE FROM text_in WHERE state = 'done' AND at < p_before RETURNING once, found_by
    ), past AS (
        INSERT INTO text_past SELECT once FROM gone ON CONFLICT DO NOTHING
    ), counted AS (
        INSERT INTO text_tally SELECT found_by, count(*) FROM gone GROUP BY found_by
        ON CONFLICT (found_by) DO UPDATE SET texts = text_tally.texts + excluded.texts
    )
    SELECT count(*) INTO went FROM gone;
    DELETE FROM text_out
    WHERE kind NOT IN ('receipt', 'staff') AND state IN ('delivered', 'failed', 'stopped') AND sid IS NULL
        AND at < p_before;
    GET DIAGNOSTICS answers = ROW_COUNT;
    DELETE FROM text_spend WHERE day < p_before::date;
    DELETE FROM texter x
    WHERE mark IS NULL AND NOT EXISTS (SELECT FROM texted_tip WHERE texter_id = x.id)
        AND NOT EXISTS (SELECT FROM text_in WHERE texter_id = x.id)
        AND NOT EXISTS (SELECT FROM text_out WHERE texter_id = x.id);
    RETURN went + answers;
END
$$;

-- A tip that is taken back or purged takes with it what was texted about it, whoever sets the state. What the
-- carrier has still is deleted there first, and no longer says to which tip it belonged.
CREATE FUNCTION forget_texts_of_tip() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    DELETE FROM text_out WHERE tip_id = NEW.id AND sid IS NULL AND state <> 'sending';
    UPDATE text_out SET tip_id = NULL WHERE tip_id = NEW.id;
    UPDATE text_in SET tip_id = NULL, texter_id = NULL WHERE tip_id = NEW.id AND state = 'done';
    DELETE FROM texted_tip WHERE tip_id = NEW.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER ended_leaves_no_texts AFTER UPDATE OF state ON tip
    FOR EACH ROW WHEN (NEW.state IN ('withdrawn', 'purged')) EXECUTE FUNCTION forget_texts_of_tip();

REVOKE EXECUTE ON FUNCTION sms_file_state, sms_expire, forget_texts_of_tip FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION intake_upload_state FROM tipline_sms;
GRANT EXECUTE ON FUNCTION sms_file_state, sms_expire TO tipline_sms;
GRANT SELECT, INSERT, DELETE ON text_leftover, text_unread TO tipline_sms;
GRANT SELECT ON text_past, text_tally TO tipline_sms;

GRANT SELECT (found_by, state, at, announced) ON text_in TO tipline_operator;
GRANT SELECT (code, since) ON text_unread TO tipline_operator;
GRANT SELECT ON text_poll, text_tally TO tipline_operator;
GRANT SELECT (due_at) ON text_out TO tipline_operator;

RESET ROLE;

-- migrate:down
