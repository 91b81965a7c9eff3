-- migrate:up
SET ROLE tipline_owner;

-- Fingerprints of what a media shows: 256 signs of a picture's waves each, and the time it is shown.
-- Of pictures, never of people: nothing here tells one person from another.
CREATE TABLE picture_print (
    media_id uuid NOT NULL REFERENCES media,
    at_ms integer NOT NULL CHECK (at_ms >= 0),
    until_ms integer NOT NULL,
    bits bit(256) NOT NULL,
    PRIMARY KEY (media_id, at_ms),
    CHECK (until_ms >= at_ms)
);

-- Sixteen bands of 16 bits, each with its number above them, so that all fit one index. Two prints that differ in
-- 64 of 256 bits agree in a whole band one time in seven, in 32 nine times in ten; a clip has dozens of pictures.
CREATE FUNCTION picture_bands(p_bits bit) RETURNS integer[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ARRAY[
        substring(p_bits, 1, 16)::int, 65536 + substring(p_bits, 17, 16)::int,
        131072 + substring(p_bits, 33, 16)::int, 196608 + substring(p_bits, 49, 16)::int,
        262144 + substring(p_bits, 65, 16)::int, 327680 + substring(p_bits, 81, 16)::int,
        393216 + substring(p_bits, 97, 16)::int, 458752 + substring(p_bits, 113, 16)::int,
        524288 + substring(p_bits, 129, 16)::int, 589824 + substring(p_bits, 145, 16)::int,
        655360 + substring(p_bits, 161, 16)::int, 720896 + substring(p_bits, 177, 16)::int,
        786432 + substring(p_bits, 193, 16)::int, 851968 + substring(p_bits, 209, 16)::int,
        917504 + substring(p_bits, 225, 16)::int, 983040 + substring(p_bits, 241, 16)::int
    ]
$$;
-- Without a list of what is still to be sorted in: a look-up must not read through it.
CREATE INDEX picture_print_bands ON picture_print USING gin (picture_bands(bits)) WITH (fastupdate = off);

-- What a media sounds like: Chromaprint's items, 32 bits each, eight a second; and each fourth of them by itself,
-- to be found by.
CREATE TABLE sound_print (
    media_id uuid PRIMARY KEY REFERENCES media,
    items bytea NOT NULL CHECK (octet_length(items) % 4 = 0)
);
CREATE TABLE sound_mark (
    item bigint NOT NULL,
    media_id uuid NOT NULL REFERENCES media,
    PRIMARY KEY (item, media_id)
);
CREATE INDEX sound_mark_of_media ON sound_mark (media_id);

-- Which media have been fingerprinted, by which recipe, and in which order: two workers look for echoes side by
-- side and write down one after the other, so that the second finds in the first what its look came too early for.
CREATE TABLE printed (
    media_id uuid PRIMARY KEY REFERENCES media,
    recipe text NOT NULL,
    number bigint NOT NULL UNIQUE
);
CREATE TABLE print_turn (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    last bigint NOT NULL
);
INSERT INTO print_turn (last) VALUES (0);

-- A file that is sent again unchanged is known by its hash.
CREATE INDEX media_of_sha256 ON media (sha256);

-- Two media that hold the same pictures or the same sound, as far as fingerprints tell. A suggestion: nothing is
-- merged by it, and a person may dismiss it.
CREATE TABLE echo (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    first_media uuid NOT NULL REFERENCES media,
    second_media uuid NOT NULL REFERENCES media,
    score real NOT NULL CHECK (score BETWEEN 0 AND 1),
    same_file boolean NOT NULL,
    pictures_ms integer CHECK (pictures_ms >= 0),
    mirrored boolean NOT NULL DEFAULT false,
    sound_ms integer CHECK (sound_ms > 0),
    found_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    dismissed_by uuid REFERENCES reviewer,
    dismissed_at timestamptz,
    UNIQUE (first_media, second_media),
    CHECK (first_media < second_media),
    CHECK (same_file OR pictures_ms IS NOT NULL OR sound_ms IS NOT NULL),
    CHECK ((dismissed_by IS NULL) = (dismissed_at IS NULL))
);
CREATE INDEX echo_of_second ON echo (second_media);

-- What is withdrawn or purged leaves the index with the same statement, whoever sets the state. The lock waits for
-- a worker that is about to write fingerprints down.
CREATE FUNCTION forget_prints(p_media_ids uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM media WHERE id = ANY (p_media_ids) ORDER BY id FOR NO KEY UPDATE;
    DELETE FROM picture_print WHERE media_id = ANY (p_media_ids);
    DELETE FROM sound_print WHERE media_id = ANY (p_media_ids);
    DELETE FROM sound_mark WHERE media_id = ANY (p_media_ids);
    DELETE FROM printed WHERE media_id = ANY (p_media_ids);
    DELETE FROM echo WHERE first_media = ANY (p_media_ids) OR second_media = ANY (p_media_ids);
END
$$;
CREATE FUNCTION forget_prints_of_media() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM forget_prints(ARRAY[NEW.id]);
    RETURN NULL;
END
$$;
CREATE FUNCTION forget_prints_of_tip() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM forget_prints(ARRAY(SELECT id FROM media WHERE tip_id = NEW.id));
    RETURN NULL;
END
$$;
CREATE TRIGGER purged_leaves_no_prints AFTER UPDATE OF state ON media
    FOR EACH ROW WHEN (NEW.state = 'purged') EXECUTE FUNCTION forget_prints_of_media();
CREATE TRIGGER withdrawn_leaves_no_prints AFTER UPDATE OF state ON tip
    FOR EACH ROW WHEN (NEW.state IN ('withdrawn', 'purged')) EXECUTE FUNCTION forget_prints_of_tip();

GRANT SELECT, INSERT, DELETE ON picture_print, sound_print, sound_mark TO tipline_worker;
GRANT SELECT, INSERT ON printed, echo TO tipline_worker;
GRANT UPDATE (recipe, number) ON printed TO tipline_worker;
GRANT SELECT, UPDATE (last) ON print_turn TO tipline_worker;
GRANT UPDATE (score, same_file, pictures_ms, mirrored, sound_ms) ON echo TO tipline_worker;
GRANT EXECUTE ON FUNCTION picture_bands TO tipline_worker;
GRANT SELECT, UPDATE (dismissed_by, dismissed_at) ON echo TO tipline_console;
GRANT SELECT ON echo TO tipline_operator;

RESET ROLE;

-- migrate:down
