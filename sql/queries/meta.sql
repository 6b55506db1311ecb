-- What a store knows of itself: keys epoch, node_id (UUIDs), sign_key (32 bytes), oldest_reader (a schema version).

-- name: meta_get
-- store
-- plan: store_meta
SELECT value FROM store_meta WHERE key = ?1;

-- name: meta_put
-- store
-- write
INSERT INTO store_meta (key, value) VALUES (?1, ?2)
ON CONFLICT (key) DO UPDATE SET value = excluded.value;

-- name: node_put
-- store
-- write
INSERT INTO node (id, node_id, hlc) VALUES (1, ?1, ?2)
ON CONFLICT (id) DO UPDATE SET node_id = excluded.node_id, hlc = excluded.hlc;
