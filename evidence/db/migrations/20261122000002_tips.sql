-- migrate:up
SET ROLE tipline_owner;

CREATE TABLE tip (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    channel text NOT NULL CHECK (channel IN ('web', 'sms', 'live', 'staff')),
    state text NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'attached', 'closed', 'withdrawn', 'purged')),
    language text NOT NULL DEFAULT 'en',
    received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- SHA-256 of the receipt's lookup value, and the citizen's X25519 public key; both NULL for a bare upload.
    receipt_lookup bytea UNIQUE CHECK (octet_length(receipt_lookup) = 32),
    citizen_key bytea CHECK (octet_length(citizen_key) = 32),
    -- SHA-256 of the token that binds uploads to this tip, and until when it does.
    upload_token bytea UNIQUE CHECK (octet_length(upload_token) = 32),
    uploads_until timestamptz,
    closed_reason text CHECK (
        closed_reason IN ('not_relevant', 'no_crime', 'duplicate', 'spam', 'resolved', 'other')
    ),
    CHECK ((receipt_lookup IS NULL) = (citizen_key IS NULL)),
    CHECK ((upload_token IS NULL) = (uploads_until IS NULL)),
    CHECK ((state = 'closed') = (closed_reason IS NOT NULL))
);
CREATE INDEX tip_newest ON tip (received_at DESC, id DESC);
CREATE INDEX tip_by_state ON tip (state, received_at DESC);

-- The thread between citizen and staff. Message 1 of a web tip is what the citizen wrote first.
CREATE TABLE message (
    tip_id uuid NOT NULL REFERENCES tip,
    sequence integer NOT NULL CHECK (sequence > 0),
    author text NOT NULL CHECK (author IN ('citizen', 'staff')),
    sealed_agency bytea NOT NULL,
    sealed_citizen bytea,
    signature bytea,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tip_id, sequence)
);

-- What staff wrote about a tip. The ledger holds only a commitment to it: purging the salt unsays it.
CREATE TABLE tip_note (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    tip_id uuid NOT NULL REFERENCES tip,
    author text NOT NULL,
    text text NOT NULL,
    salt bytea NOT NULL CHECK (octet_length(salt) = 32),
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX tip_note_of_tip ON tip_note (tip_id, at);

GRANT SELECT ON tip, message, tip_note TO tipline_console, tipline_operator;
GRANT UPDATE (state, closed_reason) ON tip TO tipline_console;
GRANT INSERT ON tip_note TO tipline_console;
GRANT SELECT (id, channel, state, received_at) ON tip TO tipline_worker;

RESET ROLE;

-- migrate:down
