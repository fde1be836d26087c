-- Run at each start: makes what is missing. Of several starts at once, one after another.
SELECT pg_advisory_xact_lock(6100);
CREATE TABLE IF NOT EXISTS secret (id boolean PRIMARY KEY DEFAULT true CHECK (id), key bytea NOT NULL);
INSERT INTO secret (key) SELECT decode(md5(random()::text) || md5(random()::text || clock_timestamp()::text), 'hex')
    ON CONFLICT DO NOTHING;
CREATE TABLE IF NOT EXISTS account (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    password text NOT NULL
);
CREATE TABLE IF NOT EXISTS item (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    cents bigint NOT NULL CHECK (cents > 0),
    stock integer NOT NULL CHECK (stock >= 0)
);
CREATE TABLE IF NOT EXISTS picture (
    item bigint PRIMARY KEY REFERENCES item,
    jpeg bytea NOT NULL
);
CREATE TABLE IF NOT EXISTS purchase (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    item bigint NOT NULL REFERENCES item,
    account bigint NOT NULL REFERENCES account,
    at timestamptz NOT NULL DEFAULT now()
);
