-- migrate:up
SET ROLE tipline_owner;

-- The database keeps SHA-256 of a lookup value, and took that same hash as proof of having the words: whoever had
-- read a backup could, with the public door's login, look into a thread, write, add files and take tips back. Now
-- the door has to bring the value itself. What these functions did is behind other names, which no login may call.
ALTER FUNCTION intake_mailbox(bytea) RENAME TO thread_mailbox;
ALTER FUNCTION intake_write(bytea, bytea, bytea, bytea) RENAME TO thread_write;
ALTER FUNCTION intake_admit(bytea, bytea, timestamptz) RENAME TO thread_admit_by_lookup;
ALTER FUNCTION intake_withdraw(bytea) RENAME TO thread_withdraw;
REVOKE EXECUTE ON FUNCTION
    thread_mailbox, thread_write, thread_admit_by_lookup, thread_withdraw
FROM tipline_intake;

CREATE FUNCTION intake_mailbox(p_lookup bytea)
RETURNS json LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT thread_mailbox(sha256(p_lookup))
$$;

CREATE FUNCTION intake_write(p_lookup bytea, p_sealed_agency bytea, p_sealed_citizen bytea, p_once bytea)
RETURNS integer LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT thread_write(sha256(p_lookup), p_sealed_agency, p_sealed_citizen, p_once)
$$;

CREATE FUNCTION intake_admit(p_lookup bytea, p_token_sha256 bytea, p_until timestamptz)
RETURNS boolean LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT thread_admit_by_lookup(sha256(p_lookup), p_token_sha256, p_until)
$$;

CREATE FUNCTION intake_withdraw(p_lookup bytea)
RETURNS boolean LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT thread_withdraw(sha256(p_lookup))
$$;

REVOKE EXECUTE ON FUNCTION intake_mailbox, intake_write, intake_admit, intake_withdraw FROM PUBLIC;
GRANT EXECUTE ON FUNCTION intake_mailbox, intake_write, intake_admit, intake_withdraw TO tipline_intake;

RESET ROLE;

-- migrate:down
