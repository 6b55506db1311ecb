-- Schema 4: what a story and an agent need beside memories and messages. Column lists follow the field tables of
-- src/model/records.c; a test compares them. Each table has an index by change counter and one by creation, besides the
-- orders that its lists are asked for often.

CREATE TABLE summary (
    id                     BLOB NOT NULL,
    user_id                BLOB NOT NULL,
    created_at             INTEGER NOT NULL,
    updated_at             INTEGER NOT NULL,
    version                INTEGER NOT NULL,
    deleted_at             INTEGER,
    origin                 TEXT NOT NULL,
    principal              TEXT NOT NULL,
    trust                  TEXT NOT NULL,
    quarantined_at         INTEGER,
    metadata               TEXT,
    change_seq             INTEGER NOT NULL,
    hlc                    INTEGER NOT NULL,
    hlc_node               BLOB NOT NULL,
    conversation_id        BLOB NOT NULL,
    level                  TEXT NOT NULL,
    summary_text           TEXT NOT NULL,
    key_events             TEXT,
    character_developments TEXT,
    plot_points            TEXT,
    message_range_start    INTEGER,
    message_range_end      INTEGER,
    parent_id              BLOB,
    made_by                TEXT NOT NULL,
    final                  INTEGER NOT NULL CHECK (final IN (0, 1)),
    stale                  INTEGER NOT NULL CHECK (stale IN (0, 1)),
    digest                 TEXT,
    embedding_cut          INTEGER NOT NULL CHECK (embedding_cut IN (0, 1)),
    last_accessed_at       INTEGER,
    access_count           INTEGER NOT NULL,
    terms                  BLOB,
    PRIMARY KEY (user_id, id),
    FOREIGN KEY (user_id, conversation_id) REFERENCES conversation (user_id, id)
) STRICT;

CREATE INDEX summary_by_seq ON summary (user_id, change_seq);
CREATE INDEX summary_by_created ON summary (user_id, created_at, id);
CREATE INDEX summary_by_conversation ON summary (user_id, conversation_id, level, message_range_end);

CREATE TABLE character (
    id                 BLOB NOT NULL,
    user_id            BLOB NOT NULL,
    created_at         INTEGER NOT NULL,
    updated_at         INTEGER NOT NULL,
    version            INTEGER NOT NULL,
    deleted_at         INTEGER,
    origin             TEXT NOT NULL,
    principal          TEXT NOT NULL,
    trust              TEXT NOT NULL,
    quarantined_at     INTEGER,
    metadata           TEXT,
    change_seq         INTEGER NOT NULL,
    hlc                INTEGER NOT NULL,
    hlc_node           BLOB NOT NULL,
    conversation_id    BLOB,
    name               TEXT NOT NULL,
    description        TEXT,
    personality_traits TEXT,
    background         TEXT,
    current_mood       TEXT,
    current_location   TEXT,
    relationships      TEXT,
    inventory          TEXT,
    stats              TEXT,
    last_seen          INTEGER NOT NULL,
    is_active          INTEGER NOT NULL CHECK (is_active IN (0, 1)),
    embedding_cut      INTEGER NOT NULL CHECK (embedding_cut IN (0, 1)),
    last_accessed_at   INTEGER,
    access_count       INTEGER NOT NULL,
    terms              BLOB,
    PRIMARY KEY (user_id, id),
    FOREIGN KEY (user_id) REFERENCES user (id)
) STRICT;

CREATE INDEX character_by_seq ON character (user_id, change_seq);
CREATE INDEX character_by_created ON character (user_id, created_at, id);
CREATE INDEX character_by_key ON character (user_id, name, conversation_id) WHERE deleted_at IS NULL;
CREATE INDEX character_by_conversation ON character (user_id, conversation_id) WHERE conversation_id IS NOT NULL;
CREATE INDEX character_by_name ON character (user_id, name, id);
CREATE INDEX character_by_last_seen ON character (user_id, last_seen, id);

CREATE TABLE prop (
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
    name             TEXT NOT NULL,
    category         TEXT NOT NULL,
    subcategory      TEXT,
    description      TEXT,
    image_path       TEXT,
    tags             TEXT,
    rarity           TEXT NOT NULL,
    properties       TEXT,
    usage_count      INTEGER NOT NULL,
    last_used        INTEGER,
    is_favorite      INTEGER NOT NULL CHECK (is_favorite IN (0, 1)),
    embedding_cut    INTEGER NOT NULL CHECK (embedding_cut IN (0, 1)),
    last_accessed_at INTEGER,
    access_count     INTEGER NOT NULL,
    terms            BLOB,
    PRIMARY KEY (user_id, id),
    FOREIGN KEY (user_id) REFERENCES user (id)
) STRICT;

CREATE INDEX prop_by_seq ON prop (user_id, change_seq);
CREATE INDEX prop_by_created ON prop (user_id, created_at, id);
CREATE INDEX prop_by_name ON prop (user_id, name, id);
CREATE INDEX prop_by_use ON prop (user_id, usage_count DESC, name, id);

CREATE TABLE agent (
    id             BLOB NOT NULL,
    user_id        BLOB NOT NULL,
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL,
    version        INTEGER NOT NULL,
    deleted_at     INTEGER,
    origin         TEXT NOT NULL,
    principal      TEXT NOT NULL,
    trust          TEXT NOT NULL,
    quarantined_at INTEGER,
    metadata       TEXT,
    change_seq     INTEGER NOT NULL,
    hlc            INTEGER NOT NULL,
    hlc_node       BLOB NOT NULL,
    name           TEXT NOT NULL,
    display_name   TEXT,
    system_prompt  TEXT,
    enabled        INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    llm_provider   TEXT,
    temperature    REAL NOT NULL CHECK (temperature BETWEEN 0 AND 2),
    max_tokens     INTEGER NOT NULL,
    capabilities   TEXT,
    PRIMARY KEY (user_id, id),
    FOREIGN KEY (user_id) REFERENCES user (id)
) STRICT;

CREATE INDEX agent_by_seq ON agent (user_id, change_seq);
CREATE INDEX agent_by_created ON agent (user_id, created_at, id);
CREATE UNIQUE INDEX agent_by_key ON agent (user_id, name) WHERE deleted_at IS NULL;
CREATE INDEX agent_by_name ON agent (user_id, name, id);

CREATE TABLE preference (
    id             BLOB NOT NULL,
    user_id        BLOB NOT NULL,
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL,
    version        INTEGER NOT NULL,
    deleted_at     INTEGER,
    origin         TEXT NOT NULL,
    principal      TEXT NOT NULL,
    trust          TEXT NOT NULL,
    quarantined_at INTEGER,
    metadata       TEXT,
    change_seq     INTEGER NOT NULL,
    hlc            INTEGER NOT NULL,
    hlc_node       BLOB NOT NULL,
    key            TEXT NOT NULL,
    value          TEXT NOT NULL,
    category       TEXT NOT NULL,
    description    TEXT,
    confidence     REAL NOT NULL CHECK (confidence BETWEEN 0 AND 1),
    source         TEXT,
    PRIMARY KEY (user_id, id),
    FOREIGN KEY (user_id) REFERENCES user (id)
) STRICT;

CREATE INDEX preference_by_seq ON preference (user_id, change_seq);
CREATE INDEX preference_by_created ON preference (user_id, created_at, id);
CREATE UNIQUE INDEX preference_by_key ON preference (user_id, key) WHERE deleted_at IS NULL;
CREATE INDEX preference_by_name ON preference (user_id, key, id);

CREATE TABLE cluster (
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
    name             TEXT NOT NULL,
    description      TEXT,
    members          TEXT,
    topics           TEXT,
    confidence       REAL NOT NULL CHECK (confidence BETWEEN 0 AND 1),
    importance_score REAL NOT NULL CHECK (importance_score BETWEEN 0 AND 1),
    PRIMARY KEY (user_id, id),
    FOREIGN KEY (user_id) REFERENCES user (id)
) STRICT;

CREATE INDEX cluster_by_seq ON cluster (user_id, change_seq);
CREATE INDEX cluster_by_created ON cluster (user_id, created_at, id);
CREATE INDEX cluster_by_name ON cluster (user_id, name, id);

CREATE TABLE pattern (
    id             BLOB NOT NULL,
    user_id        BLOB NOT NULL,
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL,
    version        INTEGER NOT NULL,
    deleted_at     INTEGER,
    origin         TEXT NOT NULL,
    principal      TEXT NOT NULL,
    trust          TEXT NOT NULL,
    quarantined_at INTEGER,
    metadata       TEXT,
    change_seq     INTEGER NOT NULL,
    hlc            INTEGER NOT NULL,
    hlc_node       BLOB NOT NULL,
    pattern_type   TEXT NOT NULL,
    description    TEXT NOT NULL,
    frequency      INTEGER NOT NULL,
    confidence     REAL NOT NULL CHECK (confidence BETWEEN 0 AND 1),
    examples       TEXT,
    discovered_at  INTEGER NOT NULL,
    PRIMARY KEY (user_id, id),
    FOREIGN KEY (user_id) REFERENCES user (id)
) STRICT;

CREATE INDEX pattern_by_seq ON pattern (user_id, change_seq);
CREATE INDEX pattern_by_created ON pattern (user_id, created_at, id);

-- What a search of titles reads, without the rows.
CREATE INDEX conversation_by_title ON conversation (user_id, id, title) WHERE title IS NOT NULL AND deleted_at IS NULL;
