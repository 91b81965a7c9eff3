-- migrate:up
SET ROLE tipline_owner;

-- `number` is the agency's own. Named in the plural because CASE is a word of SQL's.
CREATE TABLE cases (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    number text NOT NULL UNIQUE CHECK (length(number) BETWEEN 1 AND 64),
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
    salt bytea NOT NULL CHECK (octet_length(salt) = 32),
    opened_by uuid NOT NULL REFERENCES reviewer,
    opened_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE case_tip (
    case_id uuid NOT NULL REFERENCES cases,
    tip_id uuid NOT NULL REFERENCES tip,
    attached_by uuid NOT NULL REFERENCES reviewer,
    attached_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (case_id, tip_id)
);
CREATE INDEX case_tip_of_tip ON case_tip (tip_id);

CREATE TABLE case_note (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    case_id uuid NOT NULL REFERENCES cases,
    author_id uuid NOT NULL REFERENCES reviewer,
    text text NOT NULL,
    salt bytea NOT NULL CHECK (octet_length(salt) = 32),
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX case_note_of_case ON case_note (case_id, at);

GRANT SELECT, INSERT ON cases, case_note TO tipline_console;
GRANT SELECT, INSERT, DELETE ON case_tip TO tipline_console;
GRANT SELECT ON cases, case_tip, case_note TO tipline_operator;

RESET ROLE;

-- migrate:down
