-- The generation of a user's context prefix (src/store/prefix.h).

-- name: prefix_get
-- plan: all context_prefix
SELECT generation, raised_at FROM context_prefix WHERE user_id = ?1;

-- name: prefix_raise
-- write
INSERT INTO context_prefix (user_id, generation, raised_at) VALUES (?1, 2, ?2)
ON CONFLICT (user_id) DO UPDATE SET generation = generation + 1, raised_at = ?2 WHERE user_id = ?1;
