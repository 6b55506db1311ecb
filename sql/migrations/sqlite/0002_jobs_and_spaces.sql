-- Schema 2: the queue of jobs; which space a user's ranking uses, and which one is being filled.

-- What is to be done for a user, and how far it is. One job a kind and subject; a finished one leaves no row.
CREATE TABLE job (
    user_id    BLOB NOT NULL,
    id         BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    kind       TEXT NOT NULL,
    subject    TEXT NOT NULL,    -- what of the kind: a model's name, a conversation's id
    priority   INTEGER NOT NULL, -- greater goes first
    state      TEXT NOT NULL CHECK (state IN ('ready', 'paused', 'dead')),
    position   INTEGER NOT NULL, -- how far it has come, in the kind's own terms
    done       INTEGER NOT NULL,
    total      INTEGER NOT NULL, -- as estimated; 0: not known
    attempts   INTEGER NOT NULL, -- failures in a row
    reason     TEXT,             -- of the last failure
    PRIMARY KEY (user_id, id),
    FOREIGN KEY (user_id) REFERENCES user (id)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX job_by_subject ON job (user_id, kind, subject);

-- What a worker looks at before it knows the user: jobs in state `ready` alone, and nothing of their content. A fence
-- is a stamp of the store's clock, so no two leases ever have the same.
CREATE TABLE job_ready (
    job_id       BLOB NOT NULL PRIMARY KEY,
    of_user      BLOB NOT NULL,
    priority     INTEGER NOT NULL,
    ready_at     INTEGER NOT NULL,
    fence        INTEGER NOT NULL, -- 0: never leased
    leased_until INTEGER NOT NULL  -- 0: not leased
) STRICT, WITHOUT ROWID;

CREATE INDEX job_ready_next ON job_ready (priority DESC, ready_at, job_id);

-- The one row that decides what a user's ranking uses: cut-over is its update.
CREATE TABLE space_choice (
    user_id    BLOB NOT NULL PRIMARY KEY,
    active_id  INTEGER NOT NULL,
    filling_id INTEGER, -- the space that is to become active once every record has its vector there
    FOREIGN KEY (user_id) REFERENCES user (id)
) STRICT, WITHOUT ROWID;

INSERT INTO space_choice (user_id, active_id, filling_id)
SELECT user_id, min(space_id), NULL FROM space WHERE state = 'active' GROUP BY user_id;

ALTER TABLE space DROP COLUMN state;
-- How its model is opened: what --model takes. NULL: not known, or the caller's own vectors.
ALTER TABLE space ADD COLUMN model TEXT;

-- The user's counter when a job brought the vector; 0: it came with its record, whose counter says so.
ALTER TABLE vector ADD COLUMN change_seq INTEGER NOT NULL DEFAULT 0;
CREATE INDEX vector_by_seq ON vector (user_id, space_id, change_seq) WHERE change_seq > 0;

-- Programs of schema 1 look for the column that is gone.
UPDATE store_meta SET value = 2 WHERE key = 'oldest_reader';
