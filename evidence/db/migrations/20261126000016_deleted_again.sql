-- migrate:up
SET ROLE tipline_owner;

-- A database that was brought back from a backup has tips that were deleted since. Begin their end once more, as it
-- was begun then: why, or NULL where there is no such tip or its end is begun. A case that had it then has given it
-- up since, or it could not have been deleted. Nobody but an administrator may: `expire_begin` looks whether a tip
-- is due, and this does not.
CREATE FUNCTION delete_again(p_tip_id uuid, p_reason text, p_begun_at timestamptz)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    given_up uuid;
BEGIN
    PERFORM FROM tip WHERE id = p_tip_id FOR NO KEY UPDATE;
    IF NOT FOUND OR EXISTS (SELECT FROM purge WHERE tip_id = p_tip_id) THEN
        RETURN NULL;
    END IF;
    FOR given_up IN DELETE FROM case_tip WHERE tip_id = p_tip_id RETURNING case_id LOOP
        PERFORM ledger_append(p_tip_id, 'detached', 'operator', json_build_object('case', given_up, 'restored', true));
        PERFORM ledger_append(given_up, 'detached', 'operator', json_build_object('tip', p_tip_id, 'restored', true));
    END LOOP;
    UPDATE upload SET state = 'terminated' WHERE tip_id = p_tip_id AND state = 'open';
    UPDATE media SET stage = 'done', fence = fence + 1, leased_until = NULL WHERE tip_id = p_tip_id;
    DELETE FROM upload_pass WHERE tip_id = p_tip_id;
    UPDATE tip SET upload_token = NULL, uploads_until = NULL, waits = false,
        closed_reason = CASE WHEN p_reason = 'time_over' THEN closed_reason END,
        state = CASE WHEN p_reason = 'withdrawn' THEN 'withdrawn' WHEN state = 'attached' THEN 'new' ELSE state END
    WHERE id = p_tip_id;
    UPDATE text_out SET state = 'stopped', sealed = NULL WHERE tip_id = p_tip_id AND state = 'queued';
    INSERT INTO purge (tip_id, reason) VALUES (p_tip_id, p_reason);
    PERFORM ledger_append(p_tip_id, 'purge_begun', 'operator', json_build_object(
        'reason', p_reason, 'restored', true, 'first_begun_at', p_begun_at
    ));
    RETURN p_reason;
END
$$;
REVOKE EXECUTE ON FUNCTION delete_again FROM PUBLIC;

RESET ROLE;

-- migrate:down
