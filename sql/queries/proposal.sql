-- Proposals by what they are about.

-- name: proposal_by_ends
-- plan: proposal_by_ends
SELECT {proposal} FROM proposal WHERE user_id = ?1 AND memory_id = ?2 AND other_id = ?3 AND deleted_at IS NULL;
