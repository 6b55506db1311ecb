# Each rule of tools/check_layers.sh and tools/check_style.sh is broken once; the check has to say so.
# Breaches of the test itself are noted in ../wrong, for half of it runs in pipes.
set -eu
mkdir root && cd root
mkdir -p src/base src/text src/model src/store src/http src/api src/cli include sql/queries
for folder in src/*/; do echo "$folder" >"${folder}README.md"; done
expect() { # SCRIPT FILE WORDS, the file's content on stdin: the check names file and reason, and only fails with it
    tools=$MNEME_SOURCE/tools
    mkdir -p "$(dirname "$2")"
    "$tools/$1" . >before 2>&1 || { echo "$1 finds something before $2:"; cat before; : >../wrong; }
    cat >"$2"
    if "$tools/$1" . >after 2>&1; then
        echo "$1 lets this pass, expected '$3':"
        sed 's/^/    /' "$2"
        : >../wrong
    elif ! grep -qF -- "$3" after || ! grep -qF -- "$2" after; then
        echo "$1 should say '$3' of $2, but says:"
        cat after
        : >../wrong
    fi
    rm "$2"
}

source_says() { # LINE WORDS [FILE]: one line in a source file
    printf '%s\n' "$1" | expect check_style.sh "${3-src/store/a.c}" "$2"
}

layer() { # FILE INCLUDE WORDS
    printf '#include %s\n' "$2" | expect check_layers.sh "$1" "$3"
}

layer src/base/a.c '"text/a.h"' 'base includes from text'
layer src/store/a.c '"http/a.h"' 'store includes from http'
layer src/text/a.c '"model/a.h"' 'text is not to know model'
layer src/http/a.c '"store/a.h"' 'http is not to know store'
layer src/text/a.c '"../base/a.h"' 'not written from src/'
layer src/text/a.c '"a.h"' 'not written from src/'
layer src/text/a.c '"unheard/a.h"' "'unheard' is not in the list"
layer src/text/a.c '<jansson.h>' '<jansson.h> is only for'
layer src/store/a.c '<sqlite3.h>' '<sqlite3.h> is only for'
layer src/store/a.c '<openssl/sha.h>' '<openssl/sha.h> is only for'
layer src/model/a.c '<immintrin.h>' '<immintrin.h> is only for'
printf '#ifndef TEXT_OWN_H\n#define TEXT_OWN_H\n#endif\n' >src/text/own.h
printf '#include "base/a.h"\n#include "text/own.h"\n' |
    expect check_layers.sh src/text/own.c 'includes its own header, not first'
rm src/text/own.h
mkdir src/db
touch src/db/README.md
rm src/db/README.md
"$MNEME_SOURCE/tools/check_layers.sh" . | grep -q 'src/db/README.md: is missing' || : >../wrong
rmdir src/db

source_says '    strcpy(a, b);' 'strcpy: use strbuf'
source_says '    x = sprintf (a, b);' 'sprintf: use strbuf'
source_says '    return atoi(a);' 'atoi: use a checked parser'
source_says '    t = localtime(&now);' 'localtime: use'
source_says '    system("ls");' 'system: use'
source_says '    p = malloc(3);' 'malloc: use base/alloc.h'
source_says '    free(p);' 'free: use base/alloc.h'
source_says '    now = time(NULL);' 'time: use base/env.h'
source_says '    n = rand();' 'rand: use base/env.h'
source_says '    printf("x");' 'printf: use an error'
source_says '    fprintf(stderr, "x");' 'the library does not print'
source_says '    exit(1);' 'exit: use an error'
source_says 'int handle_request(void)' 'a verb that says nothing'
source_says 'int recall_ex(void)' 'a name that says nothing'
source_says 'typedef struct x { int a; } x;' "a typedef'd struct"
source_says '    goto retry;' 'goto goes to out: only'
source_says '#if 0' 'dead code'
source_says "$(printf '\tint a;')" 'a tab'
source_says '    int a; ' 'blanks at the end'
source_says "// TO""DO: later" 'an unfinished thing'
source_says '/* FIX''ME */' 'an unfinished thing'
source_says '    // free_all(list);' 'commented-out code'
source_says '    // if (x) {' 'commented-out code'
source_says '    x = "SELECT id FROM memory";' 'SQL in a C string'
source_says '    x = "INSERT OR IGNORE INTO a";' 'SQL in a C string'
source_says "$(printf '%0121d' 0)" '121 columns'
source_says "// see /wor""k/notes" 'a path of one machine'
source_says 'int a;' 'a name that says nothing' src/store/string_utils.c
source_says 'int a;' 'the header guard is STORE_A_H' src/store/a.h
source_says 'SELECT * FROM memory;' 'name the columns' sql/queries/a.sql
source_says 'CREATE TABLE a (b TEXT);' 'not STRICT' sql/queries/a.sql
printf 'int a;' | expect check_style.sh src/store/a.c 'no newline at the end'

# What only looks like a breach.
cat >src/store/a.c <<'C'
// Copies like strcpy(), but counts; select the best. It is free: no cost.
/* The caller frees it with mem_free(p); see also time(). */
static const char words[] = "strcpy(a) malloc( select one";
int strbuf_strcpy(int a);
int operation(struct x *x) { return x->free(1) + y.system(2) + mem_free('"'); }
C
printf 'int main(void) { printf("x"); exit(0); }\n' >src/cli/a.c
printf 'CREATE TABLE a (\n    b TEXT\n) STRICT;\nSELECT b FROM a;\n' >sql/queries/a.sql
"$MNEME_SOURCE/tools/check_style.sh" . || { echo 'check_style.sh refuses what is allowed'; : >../wrong; }
[ ! -e ../wrong ]
