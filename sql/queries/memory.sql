-- Memories by what makes them unique.

-- A key goes on to what supersedes its memory.
-- instead: memory_by_key
-- plan: memory_by_key
SELECT {memory} FROM memory
WHERE user_id = ?1 AND namespace = ?2 AND key = ?3 AND deleted_at IS NULL AND superseded_by IS NULL;

-- name: memory_by_lost_key
-- plan: memory_by_lost_key, sort
SELECT {memory} FROM memory
WHERE user_id = ?1 AND namespace = ?2 AND key = ?3 AND key IS NOT NULL AND deleted_at IS NOT NULL
    AND superseded_by IS NULL
ORDER BY deleted_at DESC, id DESC LIMIT 1;

-- name: memory_by_content
-- plan: memory_by_content
SELECT {memory} FROM memory WHERE user_id = ?1 AND content_hash = ?2 AND deleted_at IS NULL;

-- name: evidence_page
-- plan: evidence
SELECT {evidence} FROM evidence WHERE user_id = ?1 AND record_id = ?2 AND id > ?3 ORDER BY id LIMIT ?4;

-- name: evidence_list
-- plan: evidence, sort
SELECT {evidence} FROM evidence WHERE user_id = ?1 AND record_id = ?2 ORDER BY at, id;

-- What a task's working memory holds, but for one key.
-- name: working_bytes
-- plan: memory_by_key
SELECT coalesce(sum(length(CAST(content AS BLOB))), 0) FROM memory
WHERE user_id = ?1 AND namespace = ?2 AND key <> ?3 AND key IS NOT NULL AND deleted_at IS NULL
    AND superseded_by IS NULL AND tier = 'working' AND (expires_at IS NULL OR expires_at > ?4);
