-- The queue of jobs. `job` holds the user's rows; `job_ready` what a worker reads before it knows whose they are.

-- name: job_add
-- write
INSERT INTO job (user_id, id, created_at, updated_at, kind, subject, priority, state, position, done, total, attempts,
    reason) VALUES (?1, ?2, ?3, ?3, ?4, ?5, ?6, 'ready', ?7, 0, ?8, 0, NULL);

-- name: job_find
-- plan: job_by_subject
SELECT id, state FROM job WHERE user_id = ?1 AND kind = ?2 AND subject = ?3;

-- name: job_get
-- plan: job
SELECT id, kind, subject, priority, state, created_at, updated_at, position, done, total, attempts, reason
FROM job WHERE user_id = ?1 AND id = ?2;

-- name: job_list
-- plan: job
SELECT id, kind, subject, priority, state, created_at, updated_at, position, done, total, attempts, reason
FROM job WHERE user_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3;

-- name: job_move
-- write
-- plan: job
UPDATE job SET position = ?3, done = ?4, total = ?5, attempts = 0, reason = NULL, updated_at = ?6
WHERE user_id = ?1 AND id = ?2;

-- name: job_set_failure
-- write
-- plan: job
UPDATE job SET attempts = ?3, reason = ?4, state = ?5, updated_at = ?6 WHERE user_id = ?1 AND id = ?2;

-- name: job_set_state
-- write
-- plan: job
UPDATE job SET state = ?3, updated_at = ?4 WHERE user_id = ?1 AND id = ?2;

-- name: job_remove
-- write
-- plan: job
DELETE FROM job WHERE user_id = ?1 AND id = ?2;

-- name: job_ready_add
-- store
-- write
INSERT INTO job_ready (job_id, of_user, priority, ready_at, fence, leased_until) VALUES (?1, ?2, ?3, ?4, 0, 0);

-- What may be taken up at ?1: due, and leased by nobody whose lease still runs.
-- name: job_ready_next
-- store
-- plan: SCAN job_ready USING INDEX job_ready_next
SELECT job_id, of_user FROM job_ready WHERE ready_at <= ?1 AND leased_until <= ?1
ORDER BY priority DESC, ready_at, job_id LIMIT 1;

-- name: job_ready_get
-- store
-- plan: job_ready
SELECT ready_at, fence, leased_until FROM job_ready WHERE job_id = ?1;

-- name: job_ready_lease
-- store
-- write
-- plan: job_ready
UPDATE job_ready SET fence = ?2, leased_until = ?3, ready_at = ?4 WHERE job_id = ?1;

-- name: job_ready_remove
-- store
-- write
-- plan: job_ready
DELETE FROM job_ready WHERE job_id = ?1;

-- How many wait in all, and when the next of them may be taken up.
-- name: job_ready_count
-- store
-- plan: SCAN job_ready
SELECT count(*), min(max(ready_at, leased_until)) FROM job_ready;

-- name: user_name
-- store
-- plan: user
SELECT name FROM user WHERE id = ?1;
