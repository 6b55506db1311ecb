-- Replies kept for repeats of a write (engine/once.c).

-- name: reply_find
-- plan: reply
SELECT digest, reply FROM reply
WHERE user_id = ?1 AND principal = ?2 AND operation = ?3 AND key = ?4 AND created_at > ?5;

-- An older one of the same key has had its day.
-- name: reply_put
-- write
INSERT INTO reply (user_id, principal, operation, key, digest, reply, created_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT (user_id, principal, operation, key)
DO UPDATE SET digest = excluded.digest, reply = excluded.reply, created_at = excluded.created_at;

-- name: reply_trim
-- write
-- plan: reply_by_created
DELETE FROM reply WHERE user_id = ?1 AND created_at <= ?2;

-- Those that name a record.
-- name: reply_purge
-- write
-- plan: all reply_by_created
DELETE FROM reply WHERE user_id = ?1 AND instr(reply, ?2) > 0;
