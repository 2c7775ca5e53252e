-- Sync: the feed by table, how far its tombstones were pruned, and what was answered to requests that may be sent again.

-- +goose Up
ALTER TABLE change_counters ADD COLUMN pruned_seq BIGINT NOT NULL DEFAULT 0 CHECK (pruned_seq >= 0);

-- One entry a record and table: who follows one table alone must hear that a record is gone from it, also when its id was
-- given to a record of another table since.
CREATE TABLE changes_of_tables (
    user_id    TEXT {{bytewise}} NOT NULL REFERENCES users (id) ON DELETE RESTRICT,
    table_name TEXT {{bytewise}} NOT NULL CHECK (length(table_name) BETWEEN 1 AND 63),
    record_id  TEXT {{bytewise}} NOT NULL,
    seq        BIGINT NOT NULL CHECK (seq > 0),
    deleted    BOOLEAN NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, table_name, record_id),
    UNIQUE (user_id, seq)
);
INSERT INTO changes_of_tables (user_id, table_name, record_id, seq, deleted, changed_at)
    SELECT user_id, table_name, record_id, seq, deleted, changed_at FROM changes;
DROP TABLE changes;
ALTER TABLE changes_of_tables RENAME TO changes;
CREATE INDEX changes_of_table ON changes (user_id, table_name, seq);
CREATE INDEX changes_tombstones ON changes (changed_at) WHERE deleted;

-- Keys are hashed: a client may write anything into one. The answer is small and holds no bytes of a user. It goes with
-- the user, since no object hangs on it.
CREATE TABLE idempotency_keys (
    user_id       TEXT {{bytewise}} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    key_hash      TEXT {{bytewise}} NOT NULL CHECK (length(key_hash) = 64),
    digest        TEXT {{bytewise}} NOT NULL CHECK (length(digest) = 64), -- of the request
    first_attempt TEXT {{bytewise}} NOT NULL,
    attempt       TEXT {{bytewise}} NOT NULL, -- the one at work, or that has answered; empty if it gave up
    locked_until  BIGINT NOT NULL,
    answer        TEXT, -- absent until there is one
    expires_at    BIGINT NOT NULL,
    PRIMARY KEY (user_id, key_hash)
);
CREATE INDEX idempotency_keys_expired ON idempotency_keys (expires_at);

-- +goose Down
DROP TABLE idempotency_keys;
CREATE TABLE changes_of_records (
    user_id    TEXT {{bytewise}} NOT NULL REFERENCES users (id) ON DELETE RESTRICT,
    record_id  TEXT {{bytewise}} NOT NULL,
    table_name TEXT {{bytewise}} NOT NULL CHECK (length(table_name) BETWEEN 1 AND 63),
    seq        BIGINT NOT NULL CHECK (seq > 0),
    deleted    BOOLEAN NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, record_id),
    UNIQUE (user_id, seq)
);
INSERT INTO changes_of_records (user_id, record_id, table_name, seq, deleted, changed_at)
    SELECT user_id, record_id, table_name, seq, deleted, changed_at FROM changes c
    WHERE NOT EXISTS (SELECT 1 FROM changes n WHERE n.user_id = c.user_id AND n.record_id = c.record_id AND n.seq > c.seq);
DROP TABLE changes;
ALTER TABLE changes_of_records RENAME TO changes;
ALTER TABLE change_counters DROP COLUMN pruned_seq;
