-- migrate:up
SET ROLE tipline_owner;

-- Whether an account with a carrier ever served this database, and when a door that has it was last seen; one row.
-- From then on no stand-in of a host without the account takes a text.
CREATE TABLE text_account (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    seen_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Under which keys numbers lie, by an id that tells nothing of the key. `left_over`: how many still lie under an
-- earlier one, NULL until they were gone through. `refused_at`, of 'number' alone: when a door last came that does not know both.
CREATE TABLE text_key (
    what text PRIMARY KEY CHECK (what IN ('vault', 'number')),
    id bytea NOT NULL CHECK (octet_length(id) = 8),
    since timestamptz NOT NULL DEFAULT clock_timestamp(),
    left_over bigint,
    refused_at timestamptz
);

-- The id of the key that made the mark; NULL from before it was noted. A mark without its number cannot be renewed.
ALTER TABLE texter ADD COLUMN marked_by bytea;

GRANT SELECT, INSERT, UPDATE ON text_account, text_key TO tipline_sms;
GRANT SELECT ON text_account, text_key TO tipline_operator;

RESET ROLE;

-- migrate:down
