-- migrate:up
SET ROLE tipline_owner;

-- The SMS door hears of every tip's id, as any login can: it writes into those alone that came by text, adds
-- files to no other, and says of no other that somebody texts about it, since staff's answers go there then.
CREATE FUNCTION texted(p_tip_id uuid)
RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT id FROM tip WHERE id = p_tip_id AND channel = 'sms'
$$;

CREATE OR REPLACE FUNCTION sms_write(p_tip_id uuid, p_sealed_agency bytea, p_sealed_citizen bytea, p_once bytea)
RETURNS integer LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT thread_append(texted(p_tip_id), 'citizen', 'citizen', p_sealed_agency, p_sealed_citizen, p_once, NULL,
                         NULL)
$$;

CREATE OR REPLACE FUNCTION sms_citizen_key(p_tip_id uuid)
RETURNS bytea LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT citizen_key FROM tip WHERE id = texted(p_tip_id)
$$;

CREATE OR REPLACE FUNCTION sms_admit(p_tip_id uuid, p_token_sha256 bytea, p_until timestamptz, p_files integer)
RETURNS boolean LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT thread_admit(texted(p_tip_id), p_token_sha256, p_until, p_files)
$$;

CREATE FUNCTION must_be_texted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF texted(NEW.tip_id) IS NULL THEN
        RAISE EXCEPTION 'this tip did not come by text' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER must_be_texted BEFORE INSERT ON texted_tip FOR EACH ROW EXECUTE FUNCTION must_be_texted();

REVOKE EXECUTE ON FUNCTION texted, must_be_texted FROM PUBLIC;

RESET ROLE;

-- migrate:down
