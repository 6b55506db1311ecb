-- Conversations and their messages.

-- The last number in use, and that of one message.
-- name: message_last_seq
-- plan: message_by_place, message
SELECT coalesce(max(m.message_seq), 0),
       (SELECT t.message_seq FROM message AS t WHERE t.user_id = ?1 AND t.id = ?3)
FROM message AS m WHERE m.user_id = ?1 AND m.conversation_id = ?2;

-- What has not expired at ?3.
-- name: conversation_extent
-- plan: message_on_path
SELECT count(*), min(event_at), max(event_at) FROM message
WHERE user_id = ?1 AND conversation_id = ?2 AND on_path = 1 AND deleted_at IS NULL AND quarantined_at IS NULL
    AND (expires_at IS NULL OR expires_at > ?3);

-- What has, of what is counted in message_count.
-- name: conversation_expired
-- plan: message_by_expiry
SELECT count(*) FROM message
WHERE user_id = ?1 AND conversation_id = ?2 AND expires_at IS NOT NULL AND expires_at <= ?3 AND deleted_at IS NULL
    AND quarantined_at IS NULL AND on_path = 1;

-- The path, from its end and from its beginning.
-- name: message_window
-- plan: message_on_path
SELECT {message} FROM message
WHERE user_id = ?1 AND conversation_id = ?2 AND on_path = 1 AND message_seq < ?3
ORDER BY message_seq DESC LIMIT ?4;

-- name: path_messages
-- plan: message_on_path
SELECT {message} FROM message
WHERE user_id = ?1 AND conversation_id = ?2 AND on_path = 1 AND message_seq > ?3
ORDER BY message_seq LIMIT ?4;

-- All alternatives, from the last.
-- name: message_variants
-- plan: message_by_place
SELECT {message} FROM message
WHERE user_id = ?1 AND conversation_id = ?2 AND message_seq < ?3 ORDER BY message_seq DESC LIMIT ?4;

-- name: message_place
-- plan: message
SELECT message_seq, parent_id, on_path FROM message WHERE user_id = ?1 AND id = ?2;

-- name: path_behind
-- plan: message_on_path
SELECT id FROM message
WHERE user_id = ?1 AND conversation_id = ?2 AND on_path = 1 AND message_seq > ?3 ORDER BY message_seq;

-- name: path_end
-- plan: message_on_path
SELECT id FROM message
WHERE user_id = ?1 AND conversation_id = ?2 AND on_path = 1 ORDER BY message_seq DESC LIMIT 1;

-- name: message_behind
-- plan: message_by_place
SELECT id, parent_id FROM message
WHERE user_id = ?1 AND conversation_id = ?2 AND message_seq > ?3 ORDER BY message_seq;

-- How many follow one message (NULL: none), whose number is ?3, and the greatest of their variants.
-- name: message_alternatives
-- plan: message_by_place
SELECT count(*), coalesce(max(variant), 0) FROM message
WHERE user_id = ?1 AND conversation_id = ?2 AND message_seq > ?3 AND parent_id IS ?4;

-- name: message_set_path
-- write
-- plan: message
UPDATE message SET on_path = ?3, change_seq = ?4, hlc = ?5, hlc_node = ?6 WHERE user_id = ?1 AND id = ?2;

-- name: message_pinned
-- plan: message_pinned
SELECT {message} FROM message
WHERE user_id = ?1 AND conversation_id = ?2 AND on_path = 1 AND role = 'system' AND pinned = 1 ORDER BY message_seq;

-- name: message_neighbours
-- plan: message_by_place
SELECT {message} FROM message
WHERE user_id = ?1 AND conversation_id = ?2 AND message_seq BETWEEN ?3 AND ?4 ORDER BY message_seq;

-- name: message_first_live
-- plan: message_on_path
SELECT content FROM message
WHERE user_id = ?1 AND conversation_id = ?2 AND on_path = 1 AND deleted_at IS NULL AND quarantined_at IS NULL
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

-- What was learnt from messages with numbers above ?3; forgotten or not.
-- name: memory_learnt
-- plan: memory_learnt
SELECT {memory} FROM memory
WHERE user_id = ?1 AND conversation_id = ?2 AND conversation_id IS NOT NULL
    AND coalesce(message_to, message_from) > ?3
ORDER BY coalesce(message_to, message_from);

-- name: path_has
-- plan: message_by_place
SELECT on_path, id FROM message WHERE user_id = ?1 AND conversation_id = ?2 AND message_seq = ?3;

-- name: message_copies
-- plan: message_copy
SELECT {message} FROM message WHERE user_id = ?1 AND copy_of = ?2 AND copy_of IS NOT NULL;
