-- Vectors: what can be found by likeness, and points of the search index to be deleted. A user to whom an item refers
-- cannot be deleted: its point has to go first.

-- +goose Up
CREATE TABLE vector_items (
    user_id    TEXT {{bytewise}} NOT NULL REFERENCES users (id) ON DELETE RESTRICT,
    id         TEXT {{bytewise}} NOT NULL CHECK (length(id) BETWEEN 1 AND 128), -- the client's own
    space      TEXT {{bytewise}} NOT NULL CHECK (length(space) BETWEEN 1 AND 63),
    dimension  BIGINT NOT NULL CHECK (dimension > 0),
    point_id   TEXT {{bytewise}} NOT NULL,
    content    BYTEA NOT NULL,
    checksum   TEXT NOT NULL CHECK (length(checksum) = 64),
    size_bytes BIGINT NOT NULL CHECK (size_bytes >= 0),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, id),
    UNIQUE (user_id, point_id)
);
CREATE INDEX vector_items_of_space ON vector_items (user_id, space, dimension);

-- No reference to users: what is to be deleted outlives its owner.
CREATE TABLE vector_garbage (
    user_id    TEXT {{bytewise}} NOT NULL,
    point_id   TEXT {{bytewise}} NOT NULL,
    space      TEXT {{bytewise}} NOT NULL,
    dimension  BIGINT NOT NULL,
    due_at     BIGINT NOT NULL,
    claimed_at BIGINT,
    PRIMARY KEY (user_id, point_id)
);
CREATE INDEX vector_garbage_due ON vector_garbage (due_at, user_id, point_id);

-- +goose Down
DROP TABLE vector_garbage;
DROP TABLE vector_items;
