-- What the store had been told by a time (src/store/past.h): the first row of a record's history after that time holds
-- the record as it was then.

-- name: history_after
-- plan: history
SELECT {history} FROM history WHERE user_id = ?1 AND record_id = ?2 AND at > ?3 ORDER BY version LIMIT 1;

-- name: history_changed
-- plan: all history
SELECT record_id, min(record_kind) FROM history WHERE user_id = ?1 AND at > ?2 GROUP BY record_id;

-- Every memory that has, or had, a key.
-- name: memory_holders
-- plan: all memory
SELECT {memory} FROM memory WHERE user_id = ?1 AND namespace = ?2 AND key = ?3 ORDER BY id;
