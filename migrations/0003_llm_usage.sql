-- What users spend on language models: a row a day and model. It goes with the user, since no object hangs on it.

-- +goose Up
CREATE TABLE llm_usage (
    user_id           TEXT {{bytewise}} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    day               TEXT {{bytewise}} NOT NULL CHECK (length(day) = 10), -- of UTC: 2026-05-13
    model             TEXT {{bytewise}} NOT NULL CHECK (octet_length(model) <= 200),
    calls             BIGINT NOT NULL CHECK (calls >= 0),
    prompt_tokens     BIGINT NOT NULL CHECK (prompt_tokens >= 0),
    completion_tokens BIGINT NOT NULL CHECK (completion_tokens >= 0),
    estimated_calls   BIGINT NOT NULL CHECK (estimated_calls >= 0),
    PRIMARY KEY (user_id, day, model)
);

-- +goose Down
DROP TABLE llm_usage;
