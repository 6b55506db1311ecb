-- Schema 9: the pinned messages of a conversation, which begin each of its windows, are found without reading it all.
CREATE INDEX message_pinned ON message (user_id, conversation_id, message_seq) WHERE pinned = 1;
