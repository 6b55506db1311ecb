-- Schema 1: users, memories, conversations, messages, links, evidence, and the story of their changes.
-- Column lists follow the field tables of src/model/records.c; a test compares them.

CREATE TABLE store_meta (
    key   TEXT NOT NULL PRIMARY KEY,
    value ANY NOT NULL
) STRICT, WITHOUT ROWID;

-- One row: this node's id and the greatest stamp it has given (the clock that never goes back).
CREATE TABLE node (
    id      INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    node_id BLOB NOT NULL,
    hlc     INTEGER NOT NULL
) STRICT;

CREATE TABLE user (
    id         BLOB NOT NULL PRIMARY KEY,
    name       TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    change_seq INTEGER NOT NULL,
    metadata   TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE memory (
    id               BLOB NOT NULL,
    user_id          BLOB NOT NULL,
    created_at       INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL,
    version          INTEGER NOT NULL,
    deleted_at       INTEGER,
    origin           TEXT NOT NULL,
    principal        TEXT NOT NULL,
    trust            TEXT NOT NULL,
    quarantined_at   INTEGER,
    metadata         TEXT,
    change_seq       INTEGER NOT NULL,
    hlc              INTEGER NOT NULL,
    hlc_node         BLOB NOT NULL,
    namespace        TEXT NOT NULL,
    key              TEXT,
    tier             TEXT NOT NULL,
    type             TEXT,
    subject          TEXT,
    agent_id         TEXT,
    run_id           TEXT,
    conversation_id  BLOB,
    message_from     INTEGER,
    message_to       INTEGER,
    origin_key       TEXT,
    content          TEXT NOT NULL,
    importance       REAL NOT NULL CHECK (importance BETWEEN 0 AND 1),
    confidence       REAL NOT NULL CHECK (confidence BETWEEN 0 AND 1),
    tags             TEXT,
    source           TEXT,
    event_at         INTEGER,
    valid_from       INTEGER,
    valid_to         INTEGER,
    evidence_count   INTEGER NOT NULL,
    pinned           INTEGER NOT NULL CHECK (pinned IN (0, 1)),
    importance_basis TEXT NOT NULL,
    embedding_cut    INTEGER NOT NULL CHECK (embedding_cut IN (0, 1)),
    expires_at       INTEGER,
    last_accessed_at INTEGER,
    access_count     INTEGER NOT NULL,
    superseded_by    BLOB,
    terms            BLOB,
    content_hash     BLOB,
    PRIMARY KEY (user_id, id),
    FOREIGN KEY (user_id) REFERENCES user (id)
) STRICT;

CREATE INDEX memory_by_seq ON memory (user_id, change_seq);
CREATE INDEX memory_by_created ON memory (user_id, created_at, id);
CREATE UNIQUE INDEX memory_by_key ON memory (user_id, namespace, key)
    WHERE key IS NOT NULL AND deleted_at IS NULL AND superseded_by IS NULL;
CREATE INDEX memory_by_lost_key ON memory (user_id, namespace, key) WHERE key IS NOT NULL AND deleted_at IS NOT NULL;
CREATE UNIQUE INDEX memory_by_origin ON memory (user_id, origin_key) WHERE origin_key IS NOT NULL;
CREATE INDEX memory_by_content ON memory (user_id, content_hash) WHERE content_hash IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX memory_by_expiry ON memory (user_id, expires_at) WHERE expires_at IS NOT NULL AND deleted_at IS NULL;

CREATE INDEX memory_profile ON memory (user_id, pinned DESC, importance DESC, id)
    WHERE (pinned = 1 OR type = 'preference') AND deleted_at IS NULL;

CREATE TABLE conversation (
    id                BLOB NOT NULL,
    user_id           BLOB NOT NULL,
    created_at        INTEGER NOT NULL,
    updated_at        INTEGER NOT NULL,
    version           INTEGER NOT NULL,
    deleted_at        INTEGER,
    origin            TEXT NOT NULL,
    principal         TEXT NOT NULL,
    trust             TEXT NOT NULL,
    quarantined_at    INTEGER,
    metadata          TEXT,
    change_seq        INTEGER NOT NULL,
    hlc               INTEGER NOT NULL,
    hlc_node          BLOB NOT NULL,
    title             TEXT,
    summary           TEXT,
    topics            TEXT,
    importance        REAL NOT NULL CHECK (importance BETWEEN 0 AND 1),
    is_active         INTEGER NOT NULL CHECK (is_active IN (0, 1)),
    head_id           BLOB,
    forked_from       BLOB,
    forked_at_message BLOB,
    origin_key        TEXT,
    expires_at        INTEGER,
    started_at        INTEGER,
    ended_at          INTEGER,
    message_count     INTEGER NOT NULL,
    PRIMARY KEY (user_id, id),
    FOREIGN KEY (user_id) REFERENCES user (id)
) STRICT;

CREATE INDEX conversation_by_seq ON conversation (user_id, change_seq);
CREATE INDEX conversation_by_created ON conversation (user_id, created_at, id);
CREATE UNIQUE INDEX conversation_by_origin ON conversation (user_id, origin_key) WHERE origin_key IS NOT NULL;

CREATE TABLE message (
    id               BLOB NOT NULL,
    user_id          BLOB NOT NULL,
    created_at       INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL,
    version          INTEGER NOT NULL,
    deleted_at       INTEGER,
    origin           TEXT NOT NULL,
    principal        TEXT NOT NULL,
    trust            TEXT NOT NULL,
    quarantined_at   INTEGER,
    metadata         TEXT,
    change_seq       INTEGER NOT NULL,
    hlc              INTEGER NOT NULL,
    hlc_node         BLOB NOT NULL,
    conversation_id  BLOB NOT NULL,
    message_seq      INTEGER NOT NULL,
    sitting          TEXT,
    origin_key       TEXT,
    role             TEXT NOT NULL,
    speaker          TEXT,
    content          TEXT NOT NULL,
    event_at         INTEGER NOT NULL,
    agent_name       TEXT,
    llm_provider     TEXT,
    token_count      INTEGER NOT NULL,
    importance       REAL NOT NULL CHECK (importance BETWEEN 0 AND 1),
    pinned           INTEGER NOT NULL CHECK (pinned IN (0, 1)),
    expires_at       INTEGER,
    embedding_cut    INTEGER NOT NULL CHECK (embedding_cut IN (0, 1)),
    parent_id        BLOB,
    variant          INTEGER NOT NULL,
    last_accessed_at INTEGER,
    access_count     INTEGER NOT NULL,
    terms            BLOB,
    PRIMARY KEY (user_id, id),
    FOREIGN KEY (user_id, conversation_id) REFERENCES conversation (user_id, id)
) STRICT;

CREATE INDEX message_by_seq ON message (user_id, change_seq);
CREATE UNIQUE INDEX message_by_place ON message (user_id, conversation_id, message_seq);
CREATE UNIQUE INDEX message_by_origin ON message (user_id, origin_key) WHERE origin_key IS NOT NULL;

CREATE INDEX message_profile ON message (user_id, importance DESC, id) WHERE pinned = 1 AND deleted_at IS NULL;

CREATE TABLE link (
    id         BLOB NOT NULL,
    user_id    BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    metadata   TEXT,
    deleted_at INTEGER,
    change_seq INTEGER NOT NULL,
    hlc        INTEGER NOT NULL,
    hlc_node   BLOB NOT NULL,
    from_kind  TEXT NOT NULL,
    from_id    BLOB NOT NULL,
    to_kind    TEXT NOT NULL,
    to_id      BLOB NOT NULL,
    relation   TEXT NOT NULL,
    weight     REAL NOT NULL,
    PRIMARY KEY (user_id, id),
    FOREIGN KEY (user_id) REFERENCES user (id)
) STRICT;

CREATE INDEX link_by_seq ON link (user_id, change_seq);
CREATE UNIQUE INDEX link_by_ends ON link (user_id, from_id, to_id, relation) WHERE deleted_at IS NULL;
CREATE INDEX link_by_source ON link (user_id, from_id);
CREATE INDEX link_by_target ON link (user_id, to_id);

CREATE TABLE evidence (
    id          BLOB NOT NULL,
    user_id     BLOB NOT NULL,
    record_id   BLOB NOT NULL,
    origin      TEXT NOT NULL,
    principal   TEXT NOT NULL,
    source_kind TEXT,
    source_id   TEXT,
    at          INTEGER NOT NULL,
    PRIMARY KEY (user_id, record_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE change_set (
    id         BLOB NOT NULL,
    user_id    BLOB NOT NULL,
    time       INTEGER NOT NULL,
    origin     TEXT NOT NULL,
    principal  TEXT NOT NULL,
    operation  TEXT NOT NULL,
    job        TEXT,
    reason     TEXT,
    is_barrier INTEGER NOT NULL CHECK (is_barrier IN (0, 1)),
    PRIMARY KEY (user_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE history (
    user_id       BLOB NOT NULL,
    record_id     BLOB NOT NULL,
    record_kind   TEXT NOT NULL,
    version       INTEGER NOT NULL,
    change_set_id BLOB NOT NULL,
    at            INTEGER NOT NULL,
    before        TEXT,
    PRIMARY KEY (user_id, record_id, version)
) STRICT;

CREATE INDEX history_by_change_set ON history (user_id, change_set_id);

-- What is left of a purged record: that it is gone, for whoever follows the changes.
CREATE TABLE tombstone (
    user_id     BLOB NOT NULL,
    record_id   BLOB NOT NULL,
    record_kind TEXT NOT NULL,
    change_seq  INTEGER NOT NULL,
    hlc         INTEGER NOT NULL,
    hlc_node    BLOB NOT NULL,
    at          INTEGER NOT NULL,
    PRIMARY KEY (user_id, record_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX tombstone_by_seq ON tombstone (user_id, change_seq);

-- The embedding spaces a user's vectors lie in; one is `active` (ranking uses it), another may be `filling`.
CREATE TABLE space (
    user_id    BLOB NOT NULL,
    space_id   INTEGER NOT NULL,
    name       TEXT NOT NULL,
    dimension  INTEGER NOT NULL,
    state      TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, space_id),
    UNIQUE (user_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE vector (
    user_id     BLOB NOT NULL,
    space_id    INTEGER NOT NULL,
    record_id   BLOB NOT NULL,
    record_kind TEXT NOT NULL,
    vector      BLOB NOT NULL, -- little-endian f32, unit length
    PRIMARY KEY (user_id, space_id, record_id)
) STRICT;
