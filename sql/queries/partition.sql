-- What a partition is loaded from and kept up to date with: the rows whose counter is above ?2. At the first load (?2 = 0)
-- rows that are gone are not needed.

-- name: partition_memories
-- plan: indexed
SELECT m.id, m.deleted_at IS NOT NULL OR m.quarantined_at IS NOT NULL, m.conversation_id, m.terms, v.vector, m.tags,
       m.pinned, m.superseded_by IS NOT NULL, m.importance, m.confidence,
       m.origin, m.principal, m.trust, m.namespace, m.tier, m.type, m.subject, m.agent_id, m.run_id, m.source,
       m.created_at, m.updated_at, m.event_at, m.expires_at, m.last_accessed_at, m.access_count, m.valid_from, m.valid_to
FROM memory m LEFT JOIN vector v ON v.user_id = m.user_id AND v.space_id = ?3 AND v.record_id = m.id
WHERE m.user_id = ?1 AND m.change_seq > ?2 AND (?2 > 0 OR m.deleted_at IS NULL);

-- name: partition_messages
-- plan: indexed
SELECT m.id, m.deleted_at IS NOT NULL OR m.quarantined_at IS NOT NULL, m.conversation_id, m.terms, v.vector, NULL,
       m.pinned, 0, m.importance, 1.0,
       m.origin, m.principal, m.trust, m.sitting, m.role, coalesce(m.speaker, m.role), m.agent_name, m.llm_provider,
       NULL, NULL,
       m.created_at, m.updated_at, m.event_at, m.expires_at, m.last_accessed_at, m.access_count, m.message_seq,
       m.token_count
FROM message m LEFT JOIN vector v ON v.user_id = m.user_id AND v.space_id = ?3 AND v.record_id = m.id
WHERE m.user_id = ?1 AND m.change_seq > ?2 AND (?2 > 0 OR m.deleted_at IS NULL);

-- name: partition_tombstones
-- plan: indexed
SELECT record_id FROM tombstone WHERE user_id = ?1 AND change_seq > ?2;

-- name: partition_row_count
-- plan: indexed
SELECT (SELECT count(*) FROM memory WHERE user_id = ?1) + (SELECT count(*) FROM message WHERE user_id = ?1);
