-- Storage: metadata of encrypted records, the feed that devices sync from, bytes that are kept, objects to be deleted.
-- A user to whom stored data refers cannot be deleted: the objects have to go first.

-- +goose Up
CREATE TABLE storage_records (
    id         TEXT {{bytewise}} NOT NULL,
    user_id    TEXT {{bytewise}} NOT NULL REFERENCES users (id) ON DELETE RESTRICT,
    table_name TEXT {{bytewise}} NOT NULL CHECK (length(table_name) BETWEEN 1 AND 63),
    s3_key     TEXT NOT NULL,
    checksum   TEXT NOT NULL CHECK (length(checksum) = 64),
    size_bytes BIGINT NOT NULL CHECK (size_bytes >= 0),
    seq        BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, id) -- clients choose ids: one user's must not tell of, or stand in the way of, another's
);
CREATE INDEX storage_records_of_user ON storage_records (user_id, created_at, id);
CREATE INDEX storage_records_of_table ON storage_records (user_id, table_name, created_at, id);

-- One entry a record: a newer one takes the place of the older.
CREATE TABLE changes (
    user_id    TEXT {{bytewise}} NOT NULL REFERENCES users (id) ON DELETE RESTRICT,
    record_id  TEXT {{bytewise}} NOT NULL,
    table_name TEXT {{bytewise}} NOT NULL CHECK (length(table_name) BETWEEN 1 AND 63),
    seq        BIGINT NOT NULL CHECK (seq > 0),
    deleted    BOOLEAN NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, record_id),
    UNIQUE (user_id, seq)
);

-- The last number that a user's feed has given out.
CREATE TABLE change_counters (
    user_id  TEXT {{bytewise}} PRIMARY KEY REFERENCES users (id) ON DELETE RESTRICT,
    last_seq BIGINT NOT NULL CHECK (last_seq > 0)
);

CREATE TABLE storage_usage (
    user_id      TEXT {{bytewise}} PRIMARY KEY REFERENCES users (id) ON DELETE RESTRICT,
    record_bytes BIGINT NOT NULL CHECK (record_bytes >= 0),
    backup_bytes BIGINT NOT NULL CHECK (backup_bytes >= 0)
);

-- No reference to users: what is to be deleted outlives its owner.
CREATE TABLE object_garbage (
    object_key TEXT {{bytewise}} PRIMARY KEY,
    due_at     BIGINT NOT NULL,
    claimed_at BIGINT
);
CREATE INDEX object_garbage_due ON object_garbage (due_at, object_key);

-- +goose Down
DROP TABLE object_garbage;
DROP TABLE storage_usage;
DROP TABLE change_counters;
DROP TABLE changes;
DROP TABLE storage_records;
