-- Backups: metadata of encrypted copies of all of an app's data. A user to whom one refers cannot be deleted: its object
-- has to go first.

-- +goose Up
CREATE TABLE backup_metadata (
    user_id     TEXT {{bytewise}} NOT NULL REFERENCES users (id) ON DELETE RESTRICT,
    id          TEXT {{bytewise}} NOT NULL,
    version     TEXT NOT NULL CHECK (length(version) BETWEEN 1 AND 64), -- this and made_at are the client's words
    made_at     BIGINT NOT NULL CHECK (made_at >= 0),
    s3_key      TEXT NOT NULL,
    checksum    TEXT NOT NULL CHECK (length(checksum) = 64),
    size_bytes  BIGINT NOT NULL CHECK (size_bytes >= 0),
    chunk_bytes BIGINT NOT NULL CHECK (chunk_bytes > 0),
    chunk_sums  BYTEA NOT NULL, -- 32 bytes for each chunk, in order
    created_at  BIGINT NOT NULL,
    PRIMARY KEY (user_id, id)
);
CREATE INDEX backup_metadata_newest ON backup_metadata (user_id, created_at, id);

-- +goose Down
DROP TABLE backup_metadata;
