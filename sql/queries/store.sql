-- What every write and every read of a user's rows has in common.

-- name: user_find
-- store
-- plan: user.unique
SELECT id, change_seq, created_at FROM user WHERE name = ?1;

-- name: user_seq
-- store
-- plan: user
SELECT change_seq FROM user WHERE id = ?1;

-- name: user_set_seq
-- store
-- write
-- plan: user
UPDATE user SET change_seq = ?2 WHERE id = ?1;

-- name: user_names
-- store
-- plan: user.unique
SELECT {user} FROM user WHERE name > ?1 ORDER BY name LIMIT ?2;

-- name: clock_get
-- store
-- plan: node
SELECT node_id, hlc FROM node WHERE id = 1;

-- name: clock_set
-- store
-- write
-- plan: node
UPDATE node SET hlc = ?1 WHERE id = 1;

-- name: link_next_version
-- plan: history
SELECT coalesce(max(version), 0) + 1 FROM history WHERE user_id = ?1 AND record_id = ?2;

-- name: space_find
-- plan: space.unique
SELECT space_id, dimension, name, model FROM space WHERE user_id = ?1 AND name = ?2;

-- name: space_get
-- plan: space
SELECT space_id, dimension, name, model FROM space WHERE user_id = ?1 AND space_id = ?2;

-- name: space_list
-- plan: all space
SELECT space_id, dimension, name, model FROM space WHERE user_id = ?1 ORDER BY space_id;

-- name: space_add
-- write
-- plan: all space
INSERT INTO space (user_id, space_id, name, dimension, model, created_at)
SELECT ?1, coalesce(max(space_id), 0) + 1, ?2, ?3, ?5, ?4 FROM space WHERE user_id = ?1;

-- name: space_choose_first
-- write
INSERT INTO space_choice (user_id, active_id, filling_id) VALUES (?1, ?2, NULL) ON CONFLICT (user_id) DO NOTHING;

-- name: vector_put
-- write
INSERT INTO vector (user_id, space_id, record_id, record_kind, vector) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (user_id, space_id, record_id) DO UPDATE SET vector = excluded.vector, change_seq = 0
WHERE user_id = ?1;

-- name: vector_remove
-- write
-- plan: vector, all space
DELETE FROM vector WHERE user_id = ?1 AND record_id = ?2
    AND space_id IN (SELECT space_id FROM space WHERE user_id = ?1);
