-- Lists and overviews. The orders other than `created` sort all of the user's rows of a kind: ?2 chooses the key.

-- name: link_list_of
-- plan: link, link_by_source, link_by_target
SELECT {link} FROM link
WHERE user_id = ?1 AND id > ?3 AND deleted_at IS NULL AND (?4 IS NULL OR relation = ?4) AND id IN (
    SELECT id FROM link WHERE user_id = ?1 AND from_id = ?2
    UNION ALL SELECT id FROM link WHERE user_id = ?1 AND to_id = ?2)
ORDER BY id;

-- name: link_by_ends
-- plan: link_by_ends
SELECT {link} FROM link
WHERE user_id = ?1 AND from_id = ?2 AND to_id = ?3 AND relation = ?4 AND deleted_at IS NULL;

-- name: memory_map
-- plan: memory_by_key
SELECT key, content FROM memory
WHERE user_id = ?1 AND namespace = ?2 AND key > ?3 AND key IS NOT NULL AND deleted_at IS NULL
    AND superseded_by IS NULL AND quarantined_at IS NULL AND (expires_at IS NULL OR expires_at > ?4)
    AND (valid_from IS NULL OR valid_from <= ?4) AND (valid_to IS NULL OR valid_to > ?4)
ORDER BY key;

-- name: namespace_list
-- plan: all memory_by_created, sort
SELECT namespace, count(*) FROM memory
WHERE user_id = ?1 AND deleted_at IS NULL AND quarantined_at IS NULL AND (expires_at IS NULL OR expires_at > ?2)
GROUP BY namespace ORDER BY namespace;

-- name: stats_memories_by
-- plan: all memory_by_created, sort
SELECT CASE ?3 WHEN 0 THEN tier WHEN 1 THEN coalesce(type, '') ELSE namespace END AS name, count(*),
       sum(created_at >= ?4), sum(length(CAST(content AS BLOB)))
FROM memory
WHERE user_id = ?1 AND deleted_at IS NULL AND quarantined_at IS NULL AND (expires_at IS NULL OR expires_at > ?2)
GROUP BY name ORDER BY name;

-- name: stats_messages
-- plan: all message_on_path
SELECT count(*), coalesce(sum(created_at >= ?3), 0), coalesce(sum(length(CAST(content AS BLOB))), 0),
       coalesce(sum(token_count), 0)
FROM message
WHERE user_id = ?1 AND on_path = 1 AND deleted_at IS NULL AND quarantined_at IS NULL
    AND (expires_at IS NULL OR expires_at > ?2);

-- name: stats_conversations
-- plan: all conversation_by_created
SELECT count(*), coalesce(sum(is_active), 0), coalesce(sum(created_at >= ?3), 0) FROM conversation
WHERE user_id = ?1 AND deleted_at IS NULL AND quarantined_at IS NULL AND (expires_at IS NULL OR expires_at > ?2);

-- name: stats_links
-- plan: all link_by_seq, {live}, {live}
SELECT count(*) FROM link AS l
WHERE l.user_id = ?1 AND l.deleted_at IS NULL AND {live:l.from_id} AND {live:l.to_id};

-- name: stats_vectors
-- plan: all vector, {live_recalled}, all vector
SELECT count(*), coalesce(sum(length(v.vector)), 0),
       (SELECT coalesce(sum(length(vector)), 0) FROM vector WHERE user_id = ?1)
FROM vector AS v
WHERE v.user_id = ?1 AND {live_recalled:v.record_id};

-- Memories and messages by the day (since 1970) on which they came; of the messages those that are live.
-- name: stats_days_added
-- plan: memory_by_created, sort, all message_by_place, sort
SELECT created_at / 86400000000 AS day, count(*), sum(length(CAST(content AS BLOB))), 0 FROM memory
WHERE user_id = ?1 AND created_at >= ?2 AND quarantined_at IS NULL AND (expires_at IS NULL OR expires_at > ?3)
GROUP BY day
UNION ALL
SELECT created_at / 86400000000 AS day, count(*), sum(length(CAST(content AS BLOB))), sum(deleted_at IS NULL)
FROM message
WHERE user_id = ?1 AND created_at >= ?2 AND quarantined_at IS NULL AND (expires_at IS NULL OR expires_at > ?3)
GROUP BY day;

-- ... and on which they were forgotten, or purged: then their bytes are not known any more.
-- name: stats_days_removed
-- plan: all memory_by_created, sort, all message_by_place, sort, all tombstone, sort
SELECT deleted_at / 86400000000 AS day, count(*), sum(length(CAST(content AS BLOB))), 0 FROM memory
WHERE user_id = ?1 AND deleted_at >= ?2 AND quarantined_at IS NULL AND (expires_at IS NULL OR expires_at > ?3)
GROUP BY day
UNION ALL
SELECT deleted_at / 86400000000 AS day, count(*), sum(length(CAST(content AS BLOB))), 0 FROM message
WHERE user_id = ?1 AND deleted_at >= ?2 AND quarantined_at IS NULL AND (expires_at IS NULL OR expires_at > ?3)
GROUP BY day
UNION ALL
SELECT at / 86400000000 AS day, count(*), 0, 0 FROM tombstone WHERE user_id = ?1 AND at >= ?2 GROUP BY day;

-- name: stats_agents
-- plan: all message_by_place, sort
SELECT agent_name, count(*), 0, coalesce(sum(token_count), 0) FROM message
WHERE user_id = ?1 AND agent_name IS NOT NULL AND deleted_at IS NULL AND quarantined_at IS NULL
    AND (expires_at IS NULL OR expires_at > ?2)
GROUP BY agent_name ORDER BY agent_name;

-- name: stats_active
-- plan: all character_by_last_seen, all agent_by_key, all job, all job
SELECT (SELECT count(*) FROM character
        WHERE user_id = ?1 AND is_active = 1 AND deleted_at IS NULL AND quarantined_at IS NULL),
       (SELECT count(*) FROM agent
        WHERE user_id = ?1 AND enabled = 1 AND deleted_at IS NULL AND quarantined_at IS NULL),
       (SELECT count(*) FROM job WHERE user_id = ?1 AND state <> 'dead'),
       (SELECT count(*) FROM job WHERE user_id = ?1 AND state = 'dead');

-- The contents of what is in no answer any more.
-- name: stats_retained
-- plan: all memory_by_created, all message_by_place
SELECT (SELECT coalesce(sum(length(CAST(content AS BLOB))), 0) FROM memory
        WHERE user_id = ?1 AND (deleted_at IS NOT NULL OR quarantined_at IS NOT NULL OR expires_at <= ?2))
     + (SELECT coalesce(sum(length(CAST(content AS BLOB))), 0) FROM message
        WHERE user_id = ?1 AND (deleted_at IS NOT NULL OR quarantined_at IS NOT NULL OR expires_at <= ?2));

-- What belongs to the profile of a context, best first. The indexes memory_profile and message_profile hold few rows.

-- name: memory_profile
-- plan: all memory_profile
SELECT {memory} FROM memory
WHERE user_id = ?1 AND (pinned = 1 OR type = 'preference') AND deleted_at IS NULL
ORDER BY pinned DESC, importance DESC, id;

-- name: message_profile
-- plan: all message_profile
SELECT {message} FROM message
WHERE user_id = ?1 AND pinned = 1 AND deleted_at IS NULL AND on_path = 1 ORDER BY importance DESC, id;
