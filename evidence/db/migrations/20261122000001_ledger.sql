-- migrate:up
SET ROLE tipline_owner;

-- One row an entry. `body` is the exact JSON text that was hashed; nothing of it is repeated in other
-- columns, so nothing can contradict it. hash = SHA-256(0x00 || previous || body), RFC 6962's leaf form.
CREATE TABLE ledger (
    chain uuid NOT NULL,
    sequence integer NOT NULL CHECK (sequence > 0),
    body bytea NOT NULL,
    previous bytea NOT NULL CHECK (octet_length(previous) = 32),
    hash bytea NOT NULL CHECK (octet_length(hash) = 32),
    PRIMARY KEY (chain, sequence)
);

-- Entries that no checkpoint covers yet; the checkpointer empties it.
CREATE TABLE ledger_unlogged (
    chain uuid NOT NULL,
    sequence integer NOT NULL,
    arrived bigint GENERATED ALWAYS AS IDENTITY,
    PRIMARY KEY (chain, sequence),
    FOREIGN KEY (chain, sequence) REFERENCES ledger
);

-- The one order over all chains: leaf `log_index` of the Merkle tree.
CREATE TABLE ledger_log (
    log_index bigint PRIMARY KEY CHECK (log_index >= 0),
    chain uuid NOT NULL,
    sequence integer NOT NULL,
    hash bytea NOT NULL CHECK (octet_length(hash) = 32),
    UNIQUE (chain, sequence)
);

-- A signed head of the tree over the first `size` leaves. `body` is the exact JSON text that was signed.
CREATE TABLE checkpoint (
    size bigint PRIMARY KEY CHECK (size > 0),
    body bytea NOT NULL,
    signature bytea NOT NULL CHECK (octet_length(signature) = 64),
    frontier bytea[] NOT NULL
);

-- Which checkpoints the locked bucket has. Only a to-do list: `verify` reads the bucket itself.
CREATE TABLE checkpoint_copy (
    size bigint PRIMARY KEY REFERENCES checkpoint,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ledger FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only_all BEFORE TRUNCATE ON ledger FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ledger_log FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only_all BEFORE TRUNCATE ON ledger_log FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON checkpoint FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only_all BEFORE TRUNCATE ON checkpoint FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A door may only sign with its own name, whatever it was talked into.
CREATE FUNCTION actor_fits_login(p_actor text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT CASE session_user
        WHEN 'tipline_intake' THEN p_actor IN ('citizen', 'intake')
        WHEN 'tipline_worker' THEN p_actor = 'worker'
        WHEN 'tipline_console' THEN p_actor LIKE 'reviewer:%'
        WHEN 'tipline_operator' THEN p_actor = 'operator'
        ELSE true
    END
$$;

-- Append one entry to a chain. Appends to one chain wait for each other, those to others never do. They wait
-- for the chain's first row: an advisory lock could be held by any login, the public door's included.
CREATE FUNCTION ledger_append(p_chain uuid, p_kind text, p_actor text, p_details json)
RETURNS ledger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    last ledger;
    entry ledger;
BEGIN
    IF NOT actor_fits_login(p_actor) THEN
        RAISE EXCEPTION 'this login cannot act as %', p_actor USING ERRCODE = 'insufficient_privilege';
    END IF;
    LOOP
        PERFORM FROM ledger WHERE chain = p_chain AND sequence = 1 FOR NO KEY UPDATE;
        SELECT * INTO last FROM ledger WHERE chain = p_chain ORDER BY sequence DESC LIMIT 1;
        entry.chain := p_chain;
        entry.sequence := coalesce(last.sequence, 0) + 1;
        entry.previous := coalesce(last.hash, decode(repeat('00', 32), 'hex'));
        entry.body := convert_to(json_build_object(
            'chain', p_chain,
            'sequence', entry.sequence,
            'at', to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
            'kind', p_kind,
            'actor', p_actor,
            'details', p_details
        )::text, 'UTF8');
        entry.hash := sha256('\x00'::bytea || entry.previous || entry.body);
        INSERT INTO ledger SELECT entry.* ON CONFLICT DO NOTHING;
        -- Nothing inserted: two began this chain at once, and the other was faster.
        EXIT WHEN FOUND;
    END LOOP;
    INSERT INTO ledger_unlogged (chain, sequence) VALUES (entry.chain, entry.sequence);
    PERFORM pg_notify('ledger', p_chain || ' ' || p_kind);
    RETURN entry;
END
$$;

GRANT SELECT ON ledger TO tipline_worker, tipline_console, tipline_operator;
GRANT SELECT ON ledger_log, checkpoint TO tipline_worker, tipline_console, tipline_operator;
GRANT SELECT ON ledger_unlogged TO tipline_operator;
GRANT INSERT ON ledger_log, checkpoint TO tipline_worker;
GRANT SELECT, DELETE ON ledger_unlogged TO tipline_worker;
GRANT SELECT, INSERT ON checkpoint_copy TO tipline_worker;
GRANT SELECT ON checkpoint_copy TO tipline_operator;
GRANT EXECUTE ON FUNCTION ledger_append TO tipline_worker, tipline_console, tipline_operator;

RESET ROLE;

-- migrate:down
