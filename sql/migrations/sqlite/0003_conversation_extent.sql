-- A conversation keeps the numbers that its messages have used, and whether its start was given. What has expired is
-- counted by an index, so that no count names it.

ALTER TABLE conversation ADD COLUMN last_message_seq INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversation ADD COLUMN started_given INTEGER NOT NULL DEFAULT 0 CHECK (started_given IN (0, 1));

UPDATE conversation SET last_message_seq = coalesce(
    (SELECT max(m.message_seq) FROM message AS m
     WHERE m.user_id = conversation.user_id AND m.conversation_id = conversation.id), 0);

CREATE INDEX message_by_expiry ON message (user_id, conversation_id, expires_at)
    WHERE expires_at IS NOT NULL AND deleted_at IS NULL;
