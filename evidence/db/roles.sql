-- Roles are of the whole cluster, so this file must stand running twice. Each door logs in as its own
-- role; the owner of every object cannot log in at all.
DO $$
DECLARE
    login text;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tipline_owner') THEN
        CREATE ROLE tipline_owner NOLOGIN;
    END IF;
    FOREACH login IN ARRAY ARRAY[
        'tipline_intake', 'tipline_worker', 'tipline_console', 'tipline_operator', 'tipline_sms',
        'tipline_expire'
    ] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = login) THEN
            EXECUTE format('CREATE ROLE %I LOGIN NOINHERIT', login);
        END IF;
    END LOOP;
    -- A process frozen in mid-transaction must not hold its row locks against the others for ever, and nobody
    -- waits long behind one. The operator's commands read whole ledgers at their own pace.
    FOREACH login IN ARRAY ARRAY[
        'tipline_intake', 'tipline_worker', 'tipline_console', 'tipline_sms', 'tipline_expire'
    ] LOOP
        EXECUTE format('ALTER ROLE %I SET idle_in_transaction_session_timeout = %L', login, '30s');
        EXECUTE format('ALTER ROLE %I SET lock_timeout = %L', login, '10s');
        EXECUTE format('ALTER ROLE %I SET statement_timeout = %L', login, '60s');
    END LOOP;
    -- A managed database's administrator is no superuser, and must be a member to hand objects over.
    IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
        EXECUTE format('GRANT tipline_owner TO %I', current_user);
    END IF;
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format(
        'GRANT CONNECT ON DATABASE %I'
        ' TO tipline_intake, tipline_worker, tipline_console, tipline_operator, tipline_sms,'
        ' tipline_expire',
        current_database()
    );
    EXECUTE format('GRANT CREATE, CONNECT, TEMPORARY ON DATABASE %I TO tipline_owner', current_database());
END
$$;

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT ALL ON SCHEMA public TO tipline_owner;
GRANT USAGE ON SCHEMA public
    TO tipline_intake, tipline_worker, tipline_console, tipline_operator, tipline_sms, tipline_expire;

-- Functions are executable by everybody unless told otherwise, the queue's included.
ALTER DEFAULT PRIVILEGES FOR ROLE tipline_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
