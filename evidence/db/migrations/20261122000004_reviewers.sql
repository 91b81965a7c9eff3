-- migrate:up
SET ROLE tipline_owner;

CREATE TABLE reviewer (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name text NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 100),
    role text NOT NULL CHECK (role IN ('reviewer', 'investigator', 'supervisor', 'auditor')),
    active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Tokens are kept as SHA-256 only, here and below.
CREATE TABLE signin_link (
    token_sha256 bytea PRIMARY KEY CHECK (octet_length(token_sha256) = 32),
    reviewer_id uuid NOT NULL REFERENCES reviewer,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);

CREATE TABLE console_session (
    token_sha256 bytea PRIMARY KEY CHECK (octet_length(token_sha256) = 32),
    reviewer_id uuid NOT NULL REFERENCES reviewer,
    method text NOT NULL CHECK (method IN ('link', 'passkey')),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ends_at timestamptz NOT NULL
);

CREATE TABLE passkey (
    credential_id bytea PRIMARY KEY,
    reviewer_id uuid NOT NULL REFERENCES reviewer,
    public_key bytea NOT NULL,
    sign_count bigint NOT NULL,
    label text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    used_at timestamptz,
    refusals integer NOT NULL DEFAULT 0,
    refused_at timestamptz
);

-- A challenge is answered once, by the browser that holds its token in a cookie.
CREATE TABLE passkey_challenge (
    token_sha256 bytea PRIMARY KEY CHECK (octet_length(token_sha256) = 32),
    challenge bytea NOT NULL,
    reviewer_id uuid REFERENCES reviewer,
    expires_at timestamptz NOT NULL
);

GRANT SELECT, INSERT ON reviewer, signin_link TO tipline_operator;
GRANT UPDATE (role, active) ON reviewer TO tipline_operator;
GRANT SELECT ON reviewer TO tipline_console;
GRANT SELECT, UPDATE (used_at) ON signin_link TO tipline_console;
GRANT SELECT, INSERT, UPDATE (seen_at), DELETE ON console_session TO tipline_console;
GRANT SELECT, INSERT, UPDATE (sign_count, used_at, refusals, refused_at), DELETE ON passkey TO tipline_console;
GRANT SELECT, INSERT, DELETE ON passkey_challenge TO tipline_console;

RESET ROLE;

-- migrate:down
