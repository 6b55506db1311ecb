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
