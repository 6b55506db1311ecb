-- Embedding spaces of a user, the choice among them, and their vectors.

-- name: space_find
-- plan: space.unique
SELECT space_id, dimension, name, model FROM space WHERE user_id = ?1 AND name = ?2;

-- name: space_get
-- plan: space
SELECT space_id, dimension, name, model FROM space WHERE user_id = ?1 AND space_id = ?2;

-- name: space_list
-- plan: all space
SELECT space_id, dimension, name, model FROM space WHERE user_id = ?1 ORDER BY space_id;

-- name: space_count
-- plan: vector
SELECT count(*) FROM vector WHERE user_id = ?1 AND space_id = ?2;

-- name: space_add
-- write
-- plan: all space
INSERT INTO space (user_id, space_id, name, dimension, model, created_at)
SELECT ?1, coalesce(max(space_id), 0) + 1, ?2, ?3, ?5, ?4 FROM space WHERE user_id = ?1;

-- name: space_set_model
-- write
-- plan: space
UPDATE space SET model = ?3 WHERE user_id = ?1 AND space_id = ?2;

-- name: space_choice
-- plan: all space_choice, all space
SELECT active_id, filling_id, (SELECT max(space_id) FROM space WHERE user_id = ?1) FROM space_choice WHERE user_id = ?1;

-- name: space_choose_first
-- write
INSERT INTO space_choice (user_id, active_id, filling_id) VALUES (?1, ?2, NULL) ON CONFLICT (user_id) DO NOTHING;

-- name: space_choose
-- write
-- plan: all space_choice
UPDATE space_choice SET active_id = ?2, filling_id = ?3 WHERE user_id = ?1;

-- name: vector_put
-- write
INSERT INTO vector (user_id, space_id, record_id, record_kind, vector, change_seq) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT (user_id, space_id, record_id) DO UPDATE SET vector = excluded.vector, change_seq = excluded.change_seq
WHERE user_id = ?1;

-- name: vector_get
-- plan: vector
SELECT vector FROM vector WHERE user_id = ?1 AND space_id = ?2 AND record_id = ?3;

-- name: vector_remove
-- write
-- plan: vector, all space
DELETE FROM vector WHERE user_id = ?1 AND record_id = ?2
    AND space_id IN (SELECT space_id FROM space WHERE user_id = ?1);

-- name: vector_empty
-- write
-- plan: vector, vector
DELETE FROM vector WHERE user_id = ?1 AND space_id = ?2
    AND record_id IN (SELECT record_id FROM vector WHERE user_id = ?1 AND space_id = ?2 LIMIT ?3);

-- name: vector_late
-- plan: vector_by_seq
SELECT record_id, vector FROM vector WHERE user_id = ?1 AND space_id = ?3 AND change_seq > ?2 AND change_seq > 0;

-- A copy's text is the same, and so are its vectors.
-- name: vector_copy
-- write
-- plan: vector, all space
INSERT INTO vector (user_id, space_id, record_id, record_kind, vector, change_seq)
SELECT ?1, v.space_id, ?3, v.record_kind, v.vector, 0 FROM vector AS v
WHERE v.user_id = ?1 AND v.record_id = ?2 AND v.space_id IN (SELECT space_id FROM space WHERE user_id = ?1);
