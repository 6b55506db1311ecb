# What style can be checked by a pattern. Reads what tools/c_tokens.awk prints of all C files. The compiler,
# clang-format and clang-tidy check the rest.

BEGIN {
    FS = "\t"
    everywhere = "."
    product = "^(src|include)/"
    command_line = "^src/cli/"

    # call(PLACES, EXCEPT, NAMES, INSTEAD): functions that are not called there.
    call(everywhere, "^$", "strcpy strcat strncpy strncat sprintf vsprintf gets", "strbuf")
    call(everywhere, "^$", "strtok atoi atol atoll atof", "a checked parser")
    call(everywhere, "^$", "gmtime localtime ctime asctime", "base/timestamp.h")
    call(everywhere, "^$", "system popen tmpnam mktemp alloca setjmp longjmp sigsetjmp", "nothing of the kind")
    call(product, "^src/base/alloc[.]c$", "malloc calloc realloc reallocarray free strdup strndup " \
         "asprintf vasprintf aligned_alloc posix_memalign", "base/alloc.h or an arena")
    call(product, "^src/base/env[.]c$", "time clock gettimeofday clock_gettime rand srand random drand48 " \
         "getrandom getentropy arc4random", "base/env.h")
    call(product, command_line, "printf vprintf puts putchar perror exit _exit _Exit quick_exit abort", \
         "an error: the library neither prints nor exits")

    sql = "(^|[^A-Za-z_])(SELECT|INSERT (OR [A-Z]+ )?INTO|UPDATE [a-z_]+ SET|DELETE FROM|REPLACE INTO|" \
          "CREATE (TABLE|INDEX|VIEW|TRIGGER|UNIQUE|TEMP)|DROP (TABLE|INDEX|VIEW)|ALTER TABLE|PRAGMA|" \
          "BEGIN (IMMEDIATE|EXCLUSIVE)|SAVEPOINT|VACUUM|ORDER BY|GROUP BY|WHERE )"
}

function call(places, except, names, instead,    i, n, name) {
    n = split(names, name, " ")
    for (i = 1; i <= n; i++) {
        calls++
        name_of[calls] = name[i]
        pattern[calls] = "(^|[^A-Za-z0-9_.>])" name[i] "[ ]*\\("
        where[calls] = places
        except_in[calls] = except
        use[calls] = instead
    }
}

function breach(reason) { print $2 ":" $3 ": " reason; breaches++ }

{ words = $0; sub(/^[^\t]*\t[^\t]*\t[^\t]*\t/, "", words) } # the text, tabs and all

$2 != file {
    if (file ~ /[.]h$/ && guards < 2) missing_guard()
    file = $2
    guards = 0
    if (file ~ /(^|[\/_])(util|utils|helper|helpers|common|misc|manager)([\/_.]|$)/) breach("a name that says nothing")
}

# Header guards are the path.
function guard_of(path) {
    sub(/^(src|include|tests)\//, "", path)
    gsub(/[^A-Za-z0-9]/, "_", path)
    return toupper(path)
}
function missing_guard() { print file ":1: the header guard is " guard_of(file); breaches++ }
$1 == "preproc" && file ~ /[.]h$/ && words ~ ("^#(ifndef|define) " guard_of(file) "$") { guards++ }

$1 == "preproc" && words ~ /^[ \t]*#[ \t]*if[ \t]+0/ { breach("dead code") }

$1 == "code" {
    if (words ~ /\(/) {
        for (i = 1; i <= calls; i++)
            if (words ~ pattern[i] && file ~ where[i] && file !~ except_in[i]) breach(name_of[i] ": use " use[i])
        prints = words ~ /(^|[^A-Za-z0-9_])f(printf|puts|putc)[ ]*\(.*std(out|err)/
        if (prints && file ~ product && file !~ command_line) breach("the library does not print")
        if (words ~ /^[a-z].*[ *](handle|process|do)_[a-z0-9_]*\(/) breach("a verb that says nothing")
        if (words ~ /^[a-z].*[ *][a-z0-9_]*_(ex|2)\(/) breach("a name that says nothing")
    }
    if (words ~ /(^|[^A-Za-z0-9_])_Generic[^A-Za-z0-9_]/) breach("_Generic")
    if (words ~ /^typedef (struct|enum|union)[^(]*$/ && file ~ /^src\//) breach("a typedef'd struct or enum")
    if (words ~ /(^|[^A-Za-z0-9_])goto / && words !~ /goto out;/) breach("goto goes to out: only")
    if (words ~ /\t/) breach("a tab")
}

$1 == "comment" {
    if (words ~ /(^|[^A-Za-z])(TODO|FIXME|XXX|HACK)([^A-Za-z]|$)/) breach("an unfinished thing")
    statement = words ~ /^ *(if|for|while|switch|return|else)[ (].*[;{] *$/
    statement = statement || words ~ /^ *[A-Za-z_][A-Za-z0-9_.>-]*(\(.*\)| = .*|\[.*\] = .*); *$/
    if (statement && file !~ /^include\//) breach("commented-out code")
}

$1 == "text" && file ~ /^src\// && file !~ /^src\/db\// && words ~ sql { breach("SQL in a C string, not in sql/") }

END {
    if (file ~ /[.]h$/ && guards < 2) missing_guard()
    exit breaches > 0
}
