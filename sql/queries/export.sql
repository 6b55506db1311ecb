-- Everything of a user, for export: by change counter where a kind has one, so that an import keeps that order.

-- name: export_tombstone
-- plan: all tombstone_by_seq
SELECT record_id, record_kind, at, change_seq FROM tombstone WHERE user_id = ?1 ORDER BY change_seq;

-- name: export_change_set
-- plan: all change_set
SELECT {change_set} FROM change_set WHERE user_id = ?1 ORDER BY id;

-- name: export_evidence
-- plan: all evidence
SELECT {evidence} FROM evidence WHERE user_id = ?1 ORDER BY record_id, id;

-- name: export_history
-- plan: all history
SELECT {history} FROM history WHERE user_id = ?1 ORDER BY record_id, version;

-- name: export_space
-- plan: all space.unique
SELECT space_id, name FROM space WHERE user_id = ?1 ORDER BY name;

-- name: export_vector
-- plan: vector
SELECT record_id, record_kind, vector FROM vector WHERE user_id = ?1 AND space_id = ?2 ORDER BY record_id;

-- The state of a user: by id, so that two exports of one state are one text.

