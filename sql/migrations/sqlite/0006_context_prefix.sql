-- Schema 6: when a user's context prefix was last begun anew (docs/adr/0016). No row: generation 1, never.

CREATE TABLE context_prefix (
    user_id    BLOB NOT NULL PRIMARY KEY,
    generation INTEGER NOT NULL,
    raised_at  INTEGER NOT NULL,
    FOREIGN KEY (user_id) REFERENCES user (id)
) STRICT, WITHOUT ROWID;
