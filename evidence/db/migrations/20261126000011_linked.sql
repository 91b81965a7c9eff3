-- migrate:up
SET ROLE tipline_owner;

-- Whether the tip that a personal link is for has all of these files already: a form without script whose answer
-- was lost is sent again as it was. Told only to whoever brings the link, and only of files that they bring.
CREATE FUNCTION intake_linked(p_token_sha256 bytea, p_leaves_sha256 bytea[])
RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM upload_pass WHERE token_sha256 = p_token_sha256)
        AND NOT EXISTS (
            SELECT FROM unnest(p_leaves_sha256) AS wanted (leaves) WHERE NOT EXISTS (
                SELECT FROM upload_pass p JOIN media m ON m.tip_id = p.tip_id
                WHERE p.token_sha256 = p_token_sha256 AND m.leaves_sha256 = wanted.leaves
            )
        )
$$;
REVOKE EXECUTE ON FUNCTION intake_linked FROM PUBLIC;
GRANT EXECUTE ON FUNCTION intake_linked TO tipline_intake;

RESET ROLE;

-- migrate:down
