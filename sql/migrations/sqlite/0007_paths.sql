-- Schema 7: paths through a conversation's alternatives (docs/adr/0015-paths-are-flags.md).

-- The end of the path, and where windows begin.
ALTER TABLE conversation ADD COLUMN tip_id BLOB;
ALTER TABLE conversation ADD COLUMN cleared_seq INTEGER NOT NULL DEFAULT 0;
UPDATE conversation SET tip_id = (
    SELECT m.id FROM message AS m
    WHERE m.user_id = conversation.user_id AND m.conversation_id = conversation.id
    ORDER BY m.message_seq DESC LIMIT 1);

ALTER TABLE message ADD COLUMN on_path INTEGER NOT NULL DEFAULT 1 CHECK (on_path IN (0, 1));
ALTER TABLE message ADD COLUMN copy_of BLOB;
CREATE INDEX message_on_path ON message (user_id, conversation_id, message_seq) WHERE on_path = 1;
CREATE INDEX message_copy ON message (user_id, copy_of) WHERE copy_of IS NOT NULL;

-- What was learnt from a conversation, by the last message that it was learnt from.
CREATE INDEX memory_learnt ON memory (user_id, conversation_id, coalesce(message_to, message_from))
    WHERE conversation_id IS NOT NULL;

-- Programs before this one would show what is not on the path.
UPDATE store_meta SET value = 7 WHERE key = 'oldest_reader';
