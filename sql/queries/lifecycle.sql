-- Forgetting, restoring, purging, undoing.

-- A record of any kind but link: live, or (with ?4) forgotten and otherwise live.
-- name: conversation_messages
-- plan: message_by_place
SELECT {message} FROM message
WHERE user_id = ?1 AND conversation_id = ?2 AND message_seq > ?3 ORDER BY message_seq LIMIT ?4;

-- name: message_last_live
-- plan: message_on_path
SELECT id FROM message
WHERE user_id = ?1 AND conversation_id = ?2 AND on_path = 1 AND deleted_at IS NULL AND quarantined_at IS NULL
    AND (expires_at IS NULL OR expires_at > ?3)
ORDER BY message_seq DESC LIMIT 1;

-- That nothing is left in it is looked up.
-- instead: conversation_purge
-- write
-- plan: conversation, summary_by_conversation, message_by_place
DELETE FROM conversation WHERE user_id = ?1 AND id = ?2;

-- name: history_purge
-- write
-- plan: history
DELETE FROM history WHERE user_id = ?1 AND record_id = ?2;

-- name: evidence_purge
-- write
-- plan: evidence
DELETE FROM evidence WHERE user_id = ?1 AND record_id = ?2;

-- name: change_set_bar
-- write
-- plan: change_set, history
UPDATE change_set SET is_barrier = 1
WHERE user_id = ?1 AND id IN (SELECT change_set_id FROM history WHERE user_id = ?1 AND record_id = ?2);

-- name: links_of
-- plan: link_by_source, link_by_target
SELECT {link} FROM link WHERE user_id = ?1 AND from_id = ?2
UNION ALL SELECT {link} FROM link WHERE user_id = ?1 AND to_id = ?2 AND from_id <> ?2;

-- name: tombstone_put
-- write
INSERT INTO tombstone (user_id, record_id, record_kind, change_seq, hlc, hlc_node, at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT (user_id, record_id) DO UPDATE SET change_seq = ?4, hlc = ?5, hlc_node = ?6, at = ?7 WHERE user_id = ?1;

-- name: tombstone_find
-- plan: tombstone
SELECT record_kind FROM tombstone WHERE user_id = ?1 AND record_id = ?2;

-- The last one that changed a record's version: touching and evidence leave nothing to undo. A barrier counts.
-- name: change_set_last
-- plan: all change_set, history_by_change_set
SELECT {change_set:c} FROM change_set c
WHERE c.user_id = ?1 AND (c.is_barrier = 1 OR EXISTS (
    SELECT 1 FROM history h WHERE h.user_id = c.user_id AND h.change_set_id = c.id))
ORDER BY c.id DESC LIMIT 1;

-- name: history_of_change_set
-- plan: history_by_change_set, sort
SELECT {history} FROM history WHERE user_id = ?1 AND change_set_id = ?2 ORDER BY at DESC, record_id DESC, version DESC;

-- What an origin (?4) or a principal (?5) has changed since ?2; NULL: any.
-- name: history_of_author
-- plan: all c, history_by_change_set
SELECT h.record_kind, h.record_id FROM change_set AS c
CROSS JOIN history AS h ON h.user_id = c.user_id AND h.change_set_id = c.id
WHERE c.user_id = ?1 AND c.time >= ?2 AND c.time < ?3 AND (?4 IS NULL OR c.origin = ?4)
    AND (?5 IS NULL OR c.principal = ?5) AND c.operation <> 'change.revert'
ORDER BY c.id;

-- name: history_of_record
-- plan: history, change_set
SELECT {history:h}, c.operation, c.origin, c.principal, c.reason
FROM history h LEFT JOIN change_set c ON c.user_id = h.user_id AND c.id = h.change_set_id
WHERE h.user_id = ?1 AND h.record_id = ?2 AND h.version < ?3 ORDER BY h.version DESC LIMIT ?4;
