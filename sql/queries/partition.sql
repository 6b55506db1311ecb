-- What a partition is made of (src/index/load.c): the columns that ranking and filters need, never the content.
-- ?2 is the change counter that the partition has; 0 loads all, and then what is deleted is no news. ?3 is the
-- first space, ?4 the second, whose vector stands in where the first has none (0: no such space).

-- name: partition_count
-- plan: memory_by_seq, message_by_seq, summary_by_seq, character_by_seq, prop_by_seq
SELECT (SELECT count(*) FROM memory WHERE user_id = ?1 AND change_seq > ?2)
     + (SELECT count(*) FROM message WHERE user_id = ?1 AND change_seq > ?2)
     + (SELECT count(*) FROM summary WHERE user_id = ?1 AND change_seq > ?2)
     + (SELECT count(*) FROM character WHERE user_id = ?1 AND change_seq > ?2)
     + (SELECT count(*) FROM prop WHERE user_id = ?1 AND change_seq > ?2);

-- name: partition_memory
-- plan: memory_by_seq, vector, vector
SELECT m.id, m.deleted_at IS NOT NULL OR m.quarantined_at IS NOT NULL, m.created_at, m.updated_at, m.event_at,
       m.expires_at, m.importance, m.pinned, m.last_accessed_at, m.access_count, m.origin, m.principal, m.trust,
       m.conversation_id, m.terms,
       coalesce(v.vector, w.vector), v.vector IS NULL,
       m.namespace, m.tier, m.type, m.subject, m.agent_id, m.run_id, m.source, m.confidence, m.valid_from,
       m.valid_to, m.superseded_by IS NOT NULL, m.tags
FROM memory AS m
LEFT JOIN vector AS v ON v.user_id = m.user_id AND v.space_id = ?3 AND v.record_id = m.id
LEFT JOIN vector AS w ON w.user_id = m.user_id AND w.space_id = ?4 AND w.record_id = m.id AND v.vector IS NULL
WHERE m.user_id = ?1 AND m.change_seq > ?2 AND (?2 > 0 OR m.deleted_at IS NULL)
ORDER BY m.change_seq;

-- A message that is not on its conversation's path is as good as gone: nothing of recall ever sees it.
-- name: partition_message
-- plan: message_by_seq, vector, vector
SELECT m.id, m.deleted_at IS NOT NULL OR m.quarantined_at IS NOT NULL OR m.on_path = 0, m.created_at, m.updated_at,
       m.event_at, m.expires_at, m.importance, m.pinned, m.last_accessed_at, m.access_count, m.origin, m.principal,
       m.trust, m.conversation_id, m.terms,
       coalesce(v.vector, w.vector), v.vector IS NULL,
       m.sitting, m.role, m.speaker, m.agent_name, m.llm_provider, m.message_seq, m.token_count, m.copy_of
FROM message AS m
LEFT JOIN vector AS v ON v.user_id = m.user_id AND v.space_id = ?3 AND v.record_id = m.id
LEFT JOIN vector AS w ON w.user_id = m.user_id AND w.space_id = ?4 AND w.record_id = m.id AND v.vector IS NULL
WHERE m.user_id = ?1 AND m.change_seq > ?2 AND (?2 > 0 OR (m.deleted_at IS NULL AND m.on_path = 1))
ORDER BY m.change_seq;

-- Neither time of an event nor end, importance as memories have it by default.
-- name: partition_summary
-- plan: summary_by_seq, vector, vector
SELECT m.id, m.deleted_at IS NOT NULL OR m.quarantined_at IS NOT NULL, m.created_at, m.updated_at, NULL, NULL, 0.5, 0,
       m.last_accessed_at, m.access_count, m.origin, m.principal, m.trust, m.conversation_id, m.terms,
       coalesce(v.vector, w.vector), v.vector IS NULL
FROM summary AS m
LEFT JOIN vector AS v ON v.user_id = m.user_id AND v.space_id = ?3 AND v.record_id = m.id
LEFT JOIN vector AS w ON w.user_id = m.user_id AND w.space_id = ?4 AND w.record_id = m.id AND v.vector IS NULL
WHERE m.user_id = ?1 AND m.change_seq > ?2 AND (?2 > 0 OR m.deleted_at IS NULL)
ORDER BY m.change_seq;

-- name: partition_character
-- plan: character_by_seq, vector, vector
SELECT m.id, m.deleted_at IS NOT NULL OR m.quarantined_at IS NOT NULL, m.created_at, m.updated_at, NULL, NULL, 0.5, 0,
       m.last_accessed_at, m.access_count, m.origin, m.principal, m.trust, m.conversation_id, m.terms,
       coalesce(v.vector, w.vector), v.vector IS NULL
FROM character AS m
LEFT JOIN vector AS v ON v.user_id = m.user_id AND v.space_id = ?3 AND v.record_id = m.id
LEFT JOIN vector AS w ON w.user_id = m.user_id AND w.space_id = ?4 AND w.record_id = m.id AND v.vector IS NULL
WHERE m.user_id = ?1 AND m.change_seq > ?2 AND (?2 > 0 OR m.deleted_at IS NULL)
ORDER BY m.change_seq;

-- name: partition_prop
-- plan: prop_by_seq, vector, vector
SELECT m.id, m.deleted_at IS NOT NULL OR m.quarantined_at IS NOT NULL, m.created_at, m.updated_at, NULL, NULL, 0.5, 0,
       m.last_accessed_at, m.access_count, m.origin, m.principal, m.trust, NULL, m.terms,
       coalesce(v.vector, w.vector), v.vector IS NULL, m.tags
FROM prop AS m
LEFT JOIN vector AS v ON v.user_id = m.user_id AND v.space_id = ?3 AND v.record_id = m.id
LEFT JOIN vector AS w ON w.user_id = m.user_id AND w.space_id = ?4 AND w.record_id = m.id AND v.vector IS NULL
WHERE m.user_id = ?1 AND m.change_seq > ?2 AND (?2 > 0 OR m.deleted_at IS NULL)
ORDER BY m.change_seq;

-- name: partition_tombstone
-- plan: tombstone_by_seq
SELECT record_id
FROM tombstone
WHERE user_id = ?1 AND change_seq > ?2;
