-- Conversations and their messages.

-- name: message_last_seq
-- plan: message_by_place
SELECT coalesce(max(message_seq), 0) FROM message WHERE user_id = ?1 AND conversation_id = ?2;

-- What has not expired at ?3.
-- name: conversation_extent
-- plan: message_by_place
SELECT count(*), min(event_at), max(event_at) FROM message
WHERE user_id = ?1 AND conversation_id = ?2 AND deleted_at IS NULL AND quarantined_at IS NULL
    AND (expires_at IS NULL OR expires_at > ?3);

-- What has, of what is counted in message_count.
-- name: conversation_expired
-- plan: message_by_expiry
SELECT count(*) FROM message
WHERE user_id = ?1 AND conversation_id = ?2 AND expires_at IS NOT NULL AND expires_at <= ?3 AND deleted_at IS NULL
    AND quarantined_at IS NULL;

-- name: message_window
-- plan: message_by_place
SELECT {message} FROM message
WHERE user_id = ?1 AND conversation_id = ?2 AND message_seq < ?3 ORDER BY message_seq DESC LIMIT ?4;

-- name: message_pinned
-- plan: message_by_place
SELECT {message} FROM message
WHERE user_id = ?1 AND conversation_id = ?2 AND role = 'system' AND pinned = 1 ORDER BY message_seq;

-- name: message_neighbours
-- plan: message_by_place
SELECT {message} FROM message
WHERE user_id = ?1 AND conversation_id = ?2 AND message_seq BETWEEN ?3 AND ?4 ORDER BY message_seq;

-- name: message_first_live
-- plan: message_by_place
SELECT content FROM message
WHERE user_id = ?1 AND conversation_id = ?2 AND deleted_at IS NULL AND quarantined_at IS NULL
    AND (expires_at IS NULL OR expires_at > ?3)
ORDER BY message_seq LIMIT 1;

-- name: conversation_summaries
-- plan: summary_by_conversation
SELECT {summary} FROM summary WHERE user_id = ?1 AND conversation_id = ?2
ORDER BY conversation_id, level, message_range_end;

-- name: conversation_characters
-- plan: character_by_conversation
SELECT {character} FROM character WHERE user_id = ?1 AND conversation_id = ?2 AND conversation_id IS NOT NULL;

-- name: conversation_titles
-- plan: all conversation_by_title
SELECT id, title FROM conversation WHERE user_id = ?1 AND title IS NOT NULL AND deleted_at IS NULL;
