# Who may include whom (docs/architecture.md). Reads what tools/c_tokens.awk prints of the files below src/.
# A source folder includes only from itself and from folders before it in the list; some neighbours never meet; a
# library's headers are seen only by the place that wraps it; a file's own header comes first.

BEGIN {
    FS = "\t"
    n = split("base model text vec net embed shelf llm db store index recall mind lore engine tidy transfer backend " \
              "api auth http mcp cli", layer, " ")
    for (i = 1; i <= n; i++) position[layer[i]] = i

    # Pairs that do not know each other although the order would allow it.
    n = split("text>model vec>model vec>text http>store http>db http>index http>recall mcp>store mcp>db mcp>index " \
              "mcp>recall mcp>http", pair, " ")
    for (i = 1; i <= n; i++) is_strange[pair[i]] = 1

    # A library's header, and the only files that may include it (regular expressions).
    wrap("jansson.h", "^src/base/json[.]c$")
    wrap("utf8proc.h", "^src/base/utf8[.]c$")
    wrap("libstemmer.h", "^src/text/[a-z]*[.]c$")
    wrap("microhttpd.h", "^src/http/daemon[.]c$")
    wrap("openssl/.*", "^src/base/hash[.]c$")
    wrap("zip.h", "^src/shelf/archive[.]c$")
    wrap("sqlite3.h", "^src/db/sqlite/")
    wrap("curl/.*", "^src/net/http_client[.]c$")
    wrap("sys/random.h", "^src/base/env[.]c$")
    wrap("[a-z]*mmintrin.h", "_(avx2|avx512|amx)[.]c$")
    wrap("arm_neon.h", "_neon[.]c$")
    wrap("criterion/.*", "^tests/")
}

function wrap(header, place) { wrapped[++wraps] = "^<" header ">$"; place_of[wraps] = place }

function breach(reason) { print $2 ":" $3 ": " reason; breaches++ }

function folder_of(path) { sub(/^src\//, "", path); sub(/\/.*/, "", path); return path }

{ words = $0; sub(/^[^\t]*\t[^\t]*\t[^\t]*\t/, "", words) } # the text, tabs and all

$2 != file {
    file = $2
    includes = 0
    own_header = file
    sub(/^src\//, "\"", own_header)
    sub(/[.]c$/, ".h\"", own_header)
    if (!(folder_of(file) in position)) breach("folder '" folder_of(file) "' is not in the list of layers")
}

$1 == "preproc" && words ~ /^[ \t]*#[ \t]*include/ {
    header = words
    sub(/^[^"<]*/, "", header)
    sub(/[^">]*$/, "", header)
    if (header == own_header && includes > 0) breach("includes its own header, not first")
    includes++
    if (header ~ /^</) library(header)
    else project(substr(header, 2, length(header) - 2))
}

function library(header,    i) {
    for (i = 1; i <= wraps; i++)
        if (header ~ wrapped[i] && file !~ place_of[i]) breach(header " is only for " place_of[i])
}

function project(header,    from, to) {
    if (header == "mneme.h" || header ~ /^gen\//) return
    from = folder_of(file)
    to = folder_of(header)
    if (header ~ /^\./ || header !~ /\//) breach("\"" header "\" is not written from src/")
    else if (from == to) return
    else if (!(to in position)) breach("folder '" to "' is not in the list of layers")
    else if (position[to] > position[from]) breach(from " includes from " to ", which stands below it")
    else if ((from ">" to) in is_strange) breach(from " is not to know " to)
}

END { exit breaches > 0 }
