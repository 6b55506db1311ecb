#!/bin/sh
# tools/check_style.sh [ROOT]: the rules of style that a pattern can check (tools/check_style.awk for C), and for every
# text file: no line over 120 columns in code, no blanks at line ends, a newline at the end, no path of one machine.
# Prints each breach as file:line: reason.
set -eu
tools=$(cd "$(dirname "$0")" && pwd)
cd "${1-.}"
status=0

files() { # every file of the checkout that is neither built nor data, with git or without
    find . -type d \( -name .git -o -name build -o -name data -o -name node_modules \) -prune -o -type f -print |
        sed 's,^\./,,' | sort
}

c_files=$(files | grep -E '^(src|include|tests|bench|tools|examples)/.*\.[ch]$' || true)
[ -z "$c_files" ] ||
    echo "$c_files" | xargs awk -f "$tools/c_tokens.awk" | awk -f "$tools/check_style.awk" || status=1

code=$(files | grep -v '^tests/fuzz/corpus/' | grep -E '\.([ch]|sh|awk|sql|in)$|^(Makefile|run|test)$|^\.ci/' || true)
echo "$code" | xargs awk '
    length > 120 { print FILENAME ":" FNR ": " length " columns"; bad = 1 }
    /[ \t\r]$/ { print FILENAME ":" FNR ": blanks at the end of the line"; bad = 1 }
    /\/wor[k]\/|\/tmp\/w[t]?\// { print FILENAME ":" FNR ": a path of one machine"; bad = 1 }
    END { exit bad }' || status=1

for file in $code; do
    if [ -s "$file" ] && [ "$(tail -c 1 "$file" | wc -l)" = 0 ]; then
        echo "$file: no newline at the end"
        status=1
    fi
done

sql=$(files | grep -E '^sql/.*\.sql$' || true)
[ -z "$sql" ] || echo "$sql" | xargs awk '
    { sub(/--.*/, "") }
    /SELECT +\*/ { print FILENAME ":" FNR ": SELECT *: name the columns"; bad = 1 }
    /CREATE TABLE/ { opened = FNR }
    opened && /;/ {
        if ($0 !~ /STRICT/) { print FILENAME ":" opened ": a table that is not STRICT"; bad = 1 }
        opened = 0
    }
    END { exit bad }' || status=1

exit $status
