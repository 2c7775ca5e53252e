-- Accounts: who uses the product, and on which devices they are logged in.
--
-- One source for PostgreSQL and SQLite. Times are milliseconds since the Unix epoch, hashes and seeds are lower-case
-- hexadecimal. {{bytewise}} makes PostgreSQL order ids as SQLite and Go do, whatever the locale of the database.

-- +goose Up
CREATE TABLE users (
    id                 TEXT {{bytewise}} PRIMARY KEY,
    email              TEXT NOT NULL CHECK (length(email) BETWEEN 1 AND 254),
    email_folded       TEXT {{bytewise}} NOT NULL CONSTRAINT users_email_folded_key UNIQUE,
    password_hash      TEXT NOT NULL,
    tier               TEXT NOT NULL DEFAULT 'free' CHECK (tier IN ('free', 'pro', 'power', 'team')),
    role               TEXT NOT NULL DEFAULT 'user' CHECK (role IN ('user', 'reviewer', 'operator')),
    stripe_customer_id TEXT,
    created_at         BIGINT NOT NULL,
    updated_at         BIGINT NOT NULL,
    deleted_at         BIGINT
);
CREATE INDEX users_leaving ON users (deleted_at, id) WHERE deleted_at IS NOT NULL;

CREATE TABLE sessions (
    id           TEXT {{bytewise}} PRIMARY KEY,
    user_id      TEXT {{bytewise}} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    device       TEXT NOT NULL CHECK (length(device) <= 200),
    created_at   BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    UNIQUE (id, user_id)
);
CREATE INDEX sessions_of_user ON sessions (user_id, last_used_at, id);
CREATE INDEX sessions_expired ON sessions (expires_at);

-- The pair (session_id, user_id) keeps a token or a ticket from ever belonging to another user than its session does.
CREATE TABLE refresh_tokens (
    id         TEXT {{bytewise}} PRIMARY KEY,
    user_id    TEXT {{bytewise}} NOT NULL,
    session_id TEXT {{bytewise}} NOT NULL,
    parent_id  TEXT {{bytewise}},
    token_hash TEXT {{bytewise}} NOT NULL UNIQUE CHECK (length(token_hash) = 64),
    seed       TEXT NOT NULL CHECK (length(seed) = 64),
    expires_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    rotated_at BIGINT,
    FOREIGN KEY (session_id, user_id) REFERENCES sessions (id, user_id) ON DELETE CASCADE
);
CREATE INDEX refresh_tokens_of_session ON refresh_tokens (session_id, user_id);
CREATE INDEX refresh_tokens_spent ON refresh_tokens (expires_at) WHERE rotated_at IS NOT NULL;
-- A family has one active token: two that were rotated from one parent cannot both be stored.
CREATE UNIQUE INDEX refresh_tokens_active ON refresh_tokens (session_id) WHERE rotated_at IS NULL;

CREATE TABLE tickets (
    ticket_hash TEXT {{bytewise}} PRIMARY KEY CHECK (length(ticket_hash) = 64),
    user_id     TEXT {{bytewise}} NOT NULL,
    session_id  TEXT {{bytewise}} NOT NULL,
    expires_at  BIGINT NOT NULL,
    FOREIGN KEY (session_id, user_id) REFERENCES sessions (id, user_id) ON DELETE CASCADE
);
CREATE INDEX tickets_of_session ON tickets (session_id, user_id);
CREATE INDEX tickets_expired ON tickets (expires_at);

CREATE TABLE login_attempts (
    attempt_key TEXT {{bytewise}} PRIMARY KEY,
    failures    INTEGER NOT NULL CHECK (failures >= 0),
    last_at     BIGINT NOT NULL
);
CREATE INDEX login_attempts_old ON login_attempts (last_at);

-- Two replicas that migrate at once must not apply one migration twice: the second one's transaction fails here.
CREATE UNIQUE INDEX goose_db_version_once ON goose_db_version (version_id);

-- +goose Down
DROP INDEX goose_db_version_once;
DROP TABLE login_attempts;
DROP TABLE tickets;
DROP TABLE refresh_tokens;
DROP TABLE sessions;
DROP TABLE users;
