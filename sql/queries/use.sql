-- Notes of use: they change no version, no time of change and no counter.

-- name: memory_note_use
-- write
-- plan: memory
UPDATE memory SET access_count = access_count + ?3, last_accessed_at = max(coalesce(last_accessed_at, ?4), ?4)
WHERE user_id = ?1 AND id = ?2;

-- name: message_note_use
-- write
-- plan: message
UPDATE message SET access_count = access_count + ?3, last_accessed_at = max(coalesce(last_accessed_at, ?4), ?4)
WHERE user_id = ?1 AND id = ?2;
