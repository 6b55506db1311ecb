# What sqlgen refuses, and that its output is stable. The build itself shows that it takes what is
# right.
set -eu
sqlgen=$(dirname "$MNEME")/sqlgen
mkdir -p out/gen sql/queries sql/sqlite sql/migrations/sqlite

# --- a small schema: one table of users' rows, one of the store's ---------------------------------
cat >sql/migrations/sqlite/0001_start.sql <<'SQL'
-- CREATE TABLE ghost (user_id BLOB); is only a remark
CREATE TABLE store_meta (
    key TEXT NOT NULL
) STRICT;
CREATE TABLE memory (
    id      BLOB NOT NULL,
    user_id BLOB NOT NULL -- whose
) STRICT;
CREATE TABLE link (user_id BLOB NOT NULL) STRICT;
SQL
cp -r sql good

fails() { # NAME MESSAGE: what the last `query` wrote must be refused in these words
    if "$sqlgen" out sql >out/log 2>&1; then
        echo "$1: was taken"
        exit 1
    fi
    grep -qF "$2" out/log || {
        echo "$1: expected '$2', got:"
        cat out/log
        exit 1
    }
    rm -rf sql && cp -r good sql
}

query() { # one section in the file of shared queries, on standard input
    cat >sql/queries/q.sql
}

taken() { # NAME
    "$sqlgen" out sql || {
        echo "$1: was refused"
        exit 1
    }
    rm -rf sql && cp -r good sql
}

# --- names ----------------------------------------------------------------------------------------
query <<'SQL'
-- name: twice
-- store
SELECT 1;
-- name: twice
-- store
SELECT 2;
SQL
fails 'a name twice' "sql/queries/q.sql:4: two sections are named 'twice'"

query <<'SQL'
-- name: memory_get
SELECT id FROM memory WHERE user_id = ?1;
SQL
fails 'a generated name' "sql/queries/q.sql:1: two sections are named 'memory_get'"

query <<'SQL'
-- name: Bad-name
-- store
SELECT 1;
SQL
fails 'a bad name' "sql/queries/q.sql:1: no name of a section: 'Bad-name'"

query <<'SQL'
-- a remark
SELECT 1;
-- name: late
SELECT 1;
SQL
fails 'SQL before a name' 'sql/queries/q.sql:2: SQL before the first'

query <<'SQL'
-- name: empty
-- store
-- name: other
-- store
SELECT 1;
SQL
fails 'an empty section' "sql/queries/q.sql:1: no statement in 'empty'"

query <<'SQL'
-- name: plan
-- plan:
SELECT 1;
SQL
fails 'a plan that is none' "sql/queries/q.sql:2: no plan: 'plan:'"

# --- columns --------------------------------------------------------------------------------------
query <<'SQL'
-- name: kind

SELECT {memories} FROM memory WHERE user_id = ?1;
SQL
fails 'an unknown kind' "sql/queries/q.sql:3: no such kind: 'memories'"

query <<'SQL'
-- name: brace
SELECT {memory FROM memory WHERE user_id = ?1;
SQL
fails 'an open brace' 'sql/queries/q.sql:2: a brace without end'

query <<'SQL'
-- name: prefix
SELECT {memory:a.b} FROM memory WHERE user_id = ?1;
SQL
fails 'a bad prefix' "sql/queries/q.sql:2: no prefix of columns: 'a.b'"

query <<'SQL'
-- name: stars
SELECT * FROM memory WHERE user_id = ?1;
SQL
fails 'a star' "columns are listed, not *, in 'stars'"

query <<'SQL'
-- name: stars
SELECT m.* FROM memory m WHERE user_id = ?1;
SQL
fails 'a star with a prefix' "columns are listed, not *, in 'stars'"

query <<'SQL'
-- name: brackets
SELECT {link:l}, {user} FROM memory m JOIN link l ON l.user_id = m.user_id WHERE m.user_id = ?1;
SQL
"$sqlgen" out sql
grep -q '"SELECT l.id, l.user_id, .*l.weight, id, name, .*, metadata FROM' out/gen/sql.c
rm -rf sql && cp -r good sql

# --- whose rows -----------------------------------------------------------------------------------
query <<'SQL'
-- name: whose
SELECT id FROM memory WHERE id = ?1;
SQL
fails 'no user' "sql/queries/q.sql:1: lacks \`user_id = ?1\`"

query <<'SQL'
-- name: whose
SELECT id FROM memory WHERE user_id = ?2;
SQL
fails 'another parameter' "lacks \`user_id = ?1\`"

query <<'SQL'
-- name: whose
SELECT id FROM memory WHERE user_id = ?11;
SQL
fails 'a longer number' "lacks \`user_id = ?1\`"

query <<'SQL'
-- name: whose
SELECT id FROM memory WHERE id = 1 -- user_id = ?1
SQL
fails 'a user in a remark' "lacks \`user_id = ?1\`"

query <<'SQL'
-- name: whose
SELECT id FROM memory WHERE id = 'user_id = ?1';
SQL
fails 'a user in a text' "lacks \`user_id = ?1\`"

query <<'SQL'
-- name: whose
SELECT key FROM store_meta;
SQL
fails 'the store without saying so' "lacks \`user_id = ?1\`"

query <<'SQL'
-- name: whose
-- store
SELECT id FROM memory;
SQL
fails 'a user table said to be the store' "\`-- store\`, but about a user's table: 'whose'"

query <<'SQL'
-- name: whose
SELECT m.id FROM memory m JOIN link l ON l.to_id = m.id WHERE m.user_id = ?1;
SQL
fails 'a join that is not bound' "names more of a user's tables than it binds"

query <<'SQL'
-- name: whose
SELECT m.id FROM memory m, link l WHERE m.user_id = ?1 AND l.user_id = ?1;
SQL
fails 'a comma' "joins are written JOIN in 'whose'"

query <<'SQL'
-- name: whose
-- write
DELETE FROM memory WHERE user_id = ?1 AND id IN (SELECT to_id FROM link);
SQL
fails 'a subquery that is not bound' "names more of a user's tables than it binds"

query <<'SQL'
-- name: whose
-- write
INSERT INTO memory (id, user_id) VALUES (?1, ?2);
SQL
fails 'an insert whose user is not ?1' "lacks \`user_id = ?1\`"

query <<'SQL'
-- name: whose
-- write
INSERT INTO memory (user_id, id) VALUES (?2, ?1);
SQL
fails 'an insert of another user' "lacks \`user_id = ?1\`"

query <<'SQL'
-- name: insert_values
-- write
INSERT INTO memory (user_id, id) VALUES (?1, ?2) ON CONFLICT (user_id, id) DO UPDATE SET id = ?2;
-- name: insert_select
-- write
INSERT INTO memory (user_id, id) SELECT ?1, to_id FROM link WHERE user_id = ?1;
-- name: joined
SELECT m.id FROM memory AS m JOIN link AS l ON l.user_id = m.user_id WHERE m.user_id = ?1;
-- name: counted
SELECT count(*) FROM memory WHERE user_id = ?1;
-- name: stored
-- store
SELECT key FROM store_meta;
SQL
taken 'good statements'

# --- marks ----------------------------------------------------------------------------------------
query <<'SQL'
-- name: quiet
DELETE FROM memory WHERE user_id = ?1;
SQL
fails 'an unmarked write' "lacks \`-- write\`: 'quiet'"

query <<'SQL'
-- name: loud
-- write
SELECT id FROM memory WHERE user_id = ?1;
SQL
fails 'a read that is marked' "marked \`-- write\`, but only reads: 'loud'"

query <<'SQL'
-- name: two
-- store
SELECT 1; SELECT 2;
SQL
fails 'two statements' "more than one statement in 'two'"

# --- one section for SQLite replaces the shared one -----------------------------------------------
query <<'SQL'
-- name: same
-- store
SELECT 'shared';
SQL
printf -- "-- name: same\n-- store\n-- plan: all store_meta\nSELECT 'own \"??(\\\\';\n" >sql/sqlite/s.sql
"$sqlgen" out sql
grep -q "shared" out/gen/sql.c && exit 1
grep -qF "SELECT 'own \\\"?\\?(\\\\'" out/gen/sql.c
grep -qF '"all store_meta", false, true}' out/gen/sql.c
[ "$(grep -c SQL_SAME out/gen/sql.h)" = 1 ]

# --- output that has not changed is left alone ----------------------------------------------------
touch -d '2001-01-01' out/gen/sql.c out/gen/sql.h
"$sqlgen" out sql
[ -z "$(find out/gen -type f -newermt 2002-01-01)" ]
echo '-- name: another' >>sql/sqlite/s.sql
echo '-- store' >>sql/sqlite/s.sql
echo 'SELECT 3' >>sql/sqlite/s.sql
"$sqlgen" out sql
[ "$(find out/gen -type f -newermt 2002-01-01 | grep -c 'sql.[ch]$')" = 2 ]
rm -rf sql && cp -r good sql

# --- migrations are numbered without a gap --------------------------------------------------------
cp sql/migrations/sqlite/0001_start.sql sql/migrations/sqlite/0003_gap.sql
fails 'a gap' 'sql/migrations/sqlite/0003_gap.sql:1: migrations are named NNNN_title.sql'
mv sql/migrations/sqlite/0001_start.sql sql/migrations/sqlite/1_start.sql
fails 'a short number' 'migrations are named NNNN_title.sql'
rm sql/migrations/sqlite/0001_start.sql
fails 'no migrations' 'no migrations in'
echo 'CREATE TABLE b (c INTEGER) STRICT;' >sql/migrations/sqlite/0002_more.sql
"$sqlgen" out sql
grep -q '{2, "more",' out/gen/sql.c
grep -q 'sql_migration_count = 2' out/gen/sql.c

# --- and it says so when it cannot write ----------------------------------------------------------
if "$sqlgen" nowhere sql 2>out/log; then exit 1; fi
grep -q "cannot write 'nowhere/gen/sql.h'" out/log
