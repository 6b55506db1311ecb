-- What mneme would do about two memories, until somebody accepts or rejects it.

CREATE TABLE proposal (
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
    action         TEXT NOT NULL,
    memory_id      BLOB NOT NULL,
    other_id       BLOB NOT NULL,
    reason         TEXT NOT NULL,
    state          TEXT NOT NULL CHECK (state IN ('open', 'accepted', 'rejected')),
    confidence     REAL NOT NULL CHECK (confidence BETWEEN 0 AND 1),
    PRIMARY KEY (user_id, id),
    FOREIGN KEY (user_id) REFERENCES user (id)
) STRICT;

CREATE INDEX proposal_by_seq ON proposal (user_id, change_seq);
CREATE INDEX proposal_by_created ON proposal (user_id, created_at, id);
CREATE INDEX proposal_by_ends ON proposal (user_id, memory_id, other_id) WHERE deleted_at IS NULL;
