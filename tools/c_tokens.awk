# Splits C files into what a check wants to see apart. Prints, tab-separated: kind, file, line, text, where kind is
#   code     the line without comments, its literals emptied
#   text     what one string literal holds
#   comment  what a comment says on this line
#   preproc  a preprocessor line as it stands (besides its code)

FNR == 1 { in_comment = 0 }

function emit(kind, words) { print kind "\t" FILENAME "\t" FNR "\t" words }

{
    line = $0
    code = ""
    if (!in_comment && line ~ /^[ \t]*#/) emit("preproc", line)
    while (line != "") {
        if (in_comment) {
            end = index(line, "*/")
            emit("comment", end ? substr(line, 1, end - 1) : line)
            line = end ? substr(line, end + 2) : ""
            in_comment = !end
        } else if (match(line, /\/\*|\/\/|"|'/)) {
            code = code substr(line, 1, RSTART - 1)
            mark = substr(line, RSTART, RLENGTH)
            line = substr(line, RSTART + RLENGTH)
            if (mark == "/*") {
                in_comment = 1
            } else if (mark == "//") {
                emit("comment", line)
                line = ""
            } else {
                match(line, mark == "\"" ? "^([^\"\\\\]|\\\\.)*" : "^([^'\\\\]|\\\\.)*")
                if (mark == "\"") emit("text", substr(line, 1, RLENGTH))
                code = code mark mark
                line = substr(line, RLENGTH + 2)
            }
        } else {
            code = code line
            line = ""
        }
    }
    emit("code", code)
}
