-- Schema 8: what was answered to writes that carried a key, so that a repeat gets the same answer. Kept for a day;
-- written in the transaction of the write itself. A key is its principal's, for one operation.

CREATE TABLE reply (
    user_id    BLOB NOT NULL,
    principal  TEXT NOT NULL,
    operation  TEXT NOT NULL,
    key        TEXT NOT NULL,
    digest     BLOB NOT NULL,
    reply      TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, principal, operation, key),
    FOREIGN KEY (user_id) REFERENCES user (id)
) STRICT;

CREATE INDEX reply_by_created ON reply (user_id, created_at);
