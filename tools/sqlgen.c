/*
 * sqlgen OUTDIR SQLDIR: turns the files of sql/ and the field tables into OUTDIR/gen/sql.h and
 * gen/sql.c, as sql/README.md describes. Output that has not changed is not written again.
 *
 * It is also the first fence around a user's rows: a statement that names one of their tables must
 * bind the table's user to ?1, and one that names none must say so (`-- store`). A mistake ends the
 * build with file and line.
 */
#include "base/arena.h"
#include "base/map.h"
#include "base/strbuf.h"
#include "model/records.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FILE_MAX (16L * 1024 * 1024)

struct section {
    const char *name, *text;
    const char *file; /* NULL: generated */
    unsigned line;
    const char *plan; /* how the database is to find the rows; NULL: it looks for none */
    bool is_write, is_store;
};

struct migration {
    int version;
    const char *title, *text;
};

struct generator {
    struct arena arena;
    struct section *sections;
    size_t section_count, section_capacity;
    struct map names; /* section by name */
    struct migration *migrations;
    size_t migration_count, migration_capacity;
    struct map user_tables; /* tables with a user_id */
    struct map indexes;     /* by name */
    const char *file;       /* where the reader is */
    unsigned line;
};

struct token {
    const char *text;
    size_t length;
};

// --- failing: a build tool says what is wrong and ends -------------------------------------------

static _Noreturn void fail(const char *file, unsigned line, const char *message,
                           const char *subject)
{
    if (file)
        fprintf(stderr, "%s:%u: ", file, line);
    else
        fprintf(stderr, "sqlgen: ");
    fprintf(stderr, "%s%s%s%s\n", message, subject ? " '" : "", subject ? subject : "",
            subject ? "'" : "");
    exit(1);
}

static void *checked(void *block)
{
    if (!block) fail(NULL, 0, "out of memory", NULL);
    return block;
}

/* The text built so far moves into the arena. */
static const char *keep(struct generator *gen, struct strbuf *buf)
{
    if (strbuf_code(buf) != MNEME_OK) fail(NULL, 0, "text too long, or out of memory", NULL);
    const char *text = checked(arena_text_n(&gen->arena, buf->text, buf->length));
    strbuf_clear(buf);
    return text;
}

// --- words ---------------------------------------------------------------------------------------

static bool is_word_char(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '?';
}

/* The next word, quoted text or single character of SQL without comments; false at the end. */
static bool next_token(const char **at, struct token *out)
{
    const char *p = *at;
    while (isspace((unsigned char)*p)) p++;
    if (*p == '\0') return false;
    const char *start = p++;
    if (is_word_char(*start))
        while (is_word_char(*p)) p++;
    else if (*start == '\'' || *start == '"') {
        while (*p && *p != *start) p++;
        if (*p) p++;
    }
    *out = (struct token){start, (size_t)(p - start)};
    *at = p;
    return true;
}

static bool is(const struct token *token, const char *word)
{
    return strlen(word) == token->length && strncasecmp(token->text, word, token->length) == 0;
}

static bool is_any(const struct token *token, const char *const *words)
{
    for (; *words; words++)
        if (is(token, *words)) return true;
    return false;
}

/* The line up to a comment; quotes hide dashes. */
static size_t before_comment(const char *line, size_t length)
{
    char quote = '\0';
    for (size_t i = 0; i < length; i++) {
        if (quote) {
            if (line[i] == quote) quote = '\0';
        } else if (line[i] == '\'' || line[i] == '"') {
            quote = line[i];
        } else if (line[i] == '-' && i + 1 < length && line[i + 1] == '-') {
            return i;
        }
    }
    return length;
}

// --- files ---------------------------------------------------------------------------------------

static const char *read_file(struct generator *gen, const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file) fail(NULL, 0, "cannot read", path);
    struct strbuf buf;
    strbuf_init(&buf, FILE_MAX);
    char block[8192];
    size_t got;
    while ((got = fread(block, 1, sizeof block, file)) > 0) strbuf_add(&buf, block, got);
    if (ferror(file)) fail(NULL, 0, "cannot read", path);
    fclose(file);
    if (strlen(buf.text) != buf.length) fail(path, 1, "a zero byte in", path);
    return keep(gen, &buf);
}

static bool is_same(const char *path, const char *text)
{
    FILE *file = fopen(path, "rb");
    if (!file) return false;
    bool same = true;
    for (; *text && same; text++) same = fgetc(file) == (unsigned char)*text;
    same = same && fgetc(file) == EOF;
    fclose(file);
    return same;
}

static void write_file(const char *path, const char *text)
{
    if (is_same(path, text)) return;
    FILE *file = fopen(path, "wb");
    if (!file || fputs(text, file) == EOF || fclose(file) != 0) fail(NULL, 0, "cannot write", path);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The .sql files of a folder, sorted; none if there is no such folder. */
static size_t list_files(struct generator *gen, const char *folder, const char ***out)
{
    const char **paths = NULL;
    size_t count = 0, capacity = 0;
    DIR *dir = opendir(folder);
    if (!dir && errno != ENOENT) fail(NULL, 0, "cannot read", folder);
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        const char *dot = strrchr(entry->d_name, '.');
        if (!dot || strcmp(dot, ".sql") != 0 || entry->d_name[0] == '.') continue;
        paths = checked(arena_grow(&gen->arena, paths, &capacity, count + 1, sizeof *paths));
        paths[count++] = checked(arena_printf(&gen->arena, "%s/%s", folder, entry->d_name));
    }
    if (dir) closedir(dir);
    if (count > 0) qsort(paths, count, sizeof *paths, by_text);
    *out = paths;
    return count;
}

// --- sections ------------------------------------------------------------------------------------

/* Adds a section, or replaces the shared or generated one of that name when `replaces`. */
static struct section *add_section(struct generator *gen, const char *name, bool replaces)
{
    bool added;
    size_t count = gen->section_count;
    uint32_t at = map_put(&gen->names, name, strlen(name), (uint32_t)count, &added);
    if (at == MAP_NONE) fail(NULL, 0, "out of memory", NULL);
    if (!added) {
        struct section *old = &gen->sections[at];
        bool is_shared = !old->file || strcmp(old->file, gen->file) != 0;
        if (!replaces || !is_shared) fail(gen->file, gen->line, "two sections are named", name);
    } else {
        gen->sections = checked(arena_grow(&gen->arena, gen->sections, &gen->section_capacity,
                                           count + 1, sizeof *gen->sections));
        gen->section_count++;
    }
    gen->sections[at] = (struct section){.name = name, .file = gen->file, .line = gen->line};
    return &gen->sections[at];
}

static const char *column(const struct field *field)
{
    return field->column ? field->column : field->name;
}

static bool has_column(const struct field *field)
{
    return !(field->flags & FIELD_DERIVED);
}

static size_t column_count(const struct kind *kind)
{
    size_t count = 0;
    for (size_t i = 0; i < kind->field_count; i++) count += has_column(&kind->fields[i]);
    return count;
}

static void add_columns(struct strbuf *out, const struct kind *kind, const char *prefix)
{
    const char *comma = "";
    for (size_t i = 0; i < kind->field_count; i++) {
        if (!has_column(&kind->fields[i])) continue;
        strbuf_printf(out, "%s%s%s%s", comma, prefix, *prefix ? "." : "", column(&kind->fields[i]));
        comma = ", ";
    }
}

static bool has_field(const struct kind *kind, const char *name)
{
    return field_find(kind, name) != FIELD_NONE;
}

/* What a template says of a kind: `@` is its name, `#` its columns, `!` and a letter one of: */
static void fill(struct generator *gen, const struct kind *kind, const char *text,
                 struct strbuf *out)
{
    size_t number = 0, keys = 1;
    const char *separator = "";
    for (; *text; text++) {
        if (*text == '@') {
            strbuf_add_text(out, kind->name);
        } else if (*text == '#') {
            add_columns(out, kind, "");
        } else if (*text != '!') {
            strbuf_add_char(out, *text);
        } else if (*++text == 'v') { // the parameters of all columns
            for (size_t i = 1; i <= column_count(kind); i++)
                strbuf_printf(out, "%s?%zu", i > 1 ? ", " : "", i);
        } else if (*text == 's') { // all columns but the two that say which row
            for (size_t i = 0; i < kind->field_count; i++) {
                const struct field *field = &kind->fields[i];
                number += has_column(field);
                if (!has_column(field) || strcmp(field->name, "id") == 0 ||
                    strcmp(field->name, "user_id") == 0)
                    continue;
                strbuf_printf(out, "%s%s = ?%zu", separator, column(field), number);
                separator = ", ";
            }
        } else if (*text == 'k') { // the natural key, from ?2 on
            for (size_t i = 0; i < kind->field_count; i++)
                if (kind->fields[i].flags & FIELD_KEY)
                    strbuf_printf(out, " AND %s %s ?%zu", column(&kind->fields[i]),
                                  kind->fields[i].flags & FIELD_STORED ? "=" : "IS", ++keys);
        } else if (*text == 'l') { // live but for its end
            if (has_field(kind, "quarantined_at"))
                strbuf_add_text(out, " AND quarantined_at IS NULL");
            if (has_field(kind, "expires_at"))
                strbuf_add_text(out, " AND (expires_at IS NULL OR expires_at > ?2)");
        } else {
            fail(gen->file, gen->line, "no such part of a template:", text);
        }
    }
}

enum statement_need {
    NEED_ANY,     /* every kind */
    NEED_STORE,   /* kinds with an id but without a user_id: users */
    NEED_ID,      /* with an id and a user_id, but history and evidence, which are only added to */
    NEED_SEQ,     /* what lies in the order of changes: versioned kinds and links */
    NEED_VERSION, /* versioned kinds */
    NEED_KEY,     /* versioned kinds with a natural key */
    NEED_ORIGIN,  /* kinds with an origin_key */
    NEED_RECALLED /* recalled kinds */
};

static bool meets(const struct kind *kind, enum statement_need need)
{
    bool has_id = has_field(kind, "id") && !has_field(kind, "record_id");
    bool is_keyed = false;
    for (size_t i = 0; i < kind->field_count; i++) is_keyed |= kind->fields[i].flags & FIELD_KEY;
    switch (need) {
    case NEED_ANY: return true;
    case NEED_STORE: return has_id && !has_field(kind, "user_id");
    case NEED_ID: return has_id && has_field(kind, "user_id");
    case NEED_SEQ: return has_field(kind, "change_seq") && has_field(kind, "user_id");
    case NEED_VERSION: return kind->is_versioned;
    case NEED_KEY: return kind->is_versioned && is_keyed;
    case NEED_ORIGIN: return has_field(kind, "origin_key");
    case NEED_RECALLED: return kind->is_recalled;
    }
    return false;
}

/* The statements of every kind. A verb stands once for each kind that has it. `change_seq > 0` is true of every row:
 * it makes the database walk the index by change counter. */
static const struct template
{
    const char *verb;
    enum statement_need need;
    bool is_write;
    const char *plan, *text;
}
templates[] = {
    {"insert", NEED_ANY, true, NULL, "INSERT INTO @ (#)\nVALUES (!v)\n"},
    {"update", NEED_STORE, true, "@", "UPDATE @\nSET !s\nWHERE id = ?1\n"},
    {"get", NEED_STORE, false, "@", "SELECT #\nFROM @\nWHERE id = ?1\n"},
    {"update", NEED_ID, true, "@", "UPDATE @\nSET !s\nWHERE user_id = ?2 AND id = ?1\n"},
    {"get", NEED_ID, false, "@", "SELECT #\nFROM @\nWHERE user_id = ?1 AND id = ?2\n"},
    {"purge", NEED_SEQ, true, "@", "DELETE FROM @\nWHERE user_id = ?1 AND id = ?2\n"},
    {"export", NEED_SEQ, false, "@_by_seq",
     "SELECT #\nFROM @\nWHERE user_id = ?1 AND change_seq > 0\nORDER BY change_seq\n"},
    {"state", NEED_SEQ, false, "all @", "SELECT #\nFROM @\nWHERE user_id = ?1\nORDER BY id\n"},
    {"count", NEED_SEQ, false, "@_by_seq",
     "SELECT count(*)\nFROM @\nWHERE user_id = ?1 AND change_seq > 0\n"},
    {"stats", NEED_VERSION, false, "@_by_seq",
     "SELECT count(*), coalesce(sum(created_at >= ?3), 0)\nFROM @\n"
     "WHERE user_id = ?1 AND change_seq > 0 AND deleted_at IS NULL!l\n"},
    {"by_key", NEED_KEY, false, "@_by_key",
     "SELECT #\nFROM @\nWHERE user_id = ?1!k AND deleted_at IS NULL\n"},
    {"by_origin", NEED_ORIGIN, false, "@_by_origin",
     "SELECT #\nFROM @\nWHERE user_id = ?1 AND origin_key = ?2\n"},
    {"due", NEED_RECALLED, false, "@_by_seq, vector",
     "SELECT #\nFROM @\nWHERE user_id = ?1 AND change_seq > ?2 AND NOT EXISTS (\n"
     "    SELECT 1 FROM vector AS v\n"
     "    WHERE v.user_id = ?1 AND v.space_id = ?3 AND v.record_id = @.id)\n"
     "ORDER BY change_seq LIMIT ?4\n"},
    {"note_cut", NEED_RECALLED, true, "@",
     "UPDATE @ SET embedding_cut = ?3\nWHERE user_id = ?1 AND id = ?2\n"},
    {"seq", NEED_RECALLED, false, "@",
     "SELECT change_seq\nFROM @\nWHERE user_id = ?1 AND id = ?2\n"},
    {"note_use", NEED_RECALLED, true, "@",
     "UPDATE @\nSET access_count = access_count + ?3,"
     " last_accessed_at = max(coalesce(last_accessed_at, ?4), ?4)\n"
     "WHERE user_id = ?1 AND id = ?2\n"},
};
#define TEMPLATES (sizeof templates / sizeof *templates)

static const char *filled(struct generator *gen, const struct kind *kind, const char *text)
{
    struct strbuf out;
    strbuf_init(&out, FILE_MAX);
    fill(gen, kind, text, &out);
    return keep(gen, &out);
}

static void make_statement(struct generator *gen, const struct kind *kind,
                           const struct template *template)
{
    const char *name = checked(arena_printf(&gen->arena, "%s_%s", kind->name, template->verb));
    struct section *section = add_section(gen, name, false);
    section->text = filled(gen, kind, template->text);
    section->plan = template->plan ? filled(gen, kind, template->plan) : NULL;
    section->is_write = template->is_write;
    section->is_store = field_find(kind, "user_id") == FIELD_NONE;
}

/* One direction of a list: ?2 to ?4 are the sort key, the id and the second key behind which it begins. */
static void make_list(struct generator *gen, const struct kind *kind,
                      const struct kind_order *order, bool goes_down)
{
    const struct field *field = &kind->fields[order->field];
    const char *index = checked(arena_printf(&gen->arena, "%s_by_%s", kind->name, order->name));
    bool is_indexed = map_find(&gen->indexes, index, strlen(index)) != MAP_NONE;
    const char *key = field->flags & FIELD_STORED
                          ? column(field)
                          : checked(arena_printf(&gen->arena, "coalesce(%s, 0)", column(field)));
    const char *then = order->then ? column(&kind->fields[order->then]) : NULL;
    const char *down = goes_down ? " DESC" : "", *up = goes_down ? "" : " DESC";
    char after = goes_down ? '<' : '>', before = goes_down ? '>' : '<';
    struct strbuf out;
    strbuf_init(&out, FILE_MAX);
    strbuf_add_text(&out, "SELECT ");
    add_columns(&out, kind, "");
    strbuf_printf(&out, ", %s\nFROM %s\nWHERE user_id = ?1%s AND ", key, kind->name,
                  is_indexed ? "" : " AND change_seq > 0");
    if (then)
        strbuf_printf(&out,
                      "%s %c= ?2 AND (%s %c ?2 OR (%s, id) %c (?4, ?3))\n"
                      "ORDER BY %s%s, %s%s, id%s\n",
                      key, after, key, after, then, before, key, down, then, up, up);
    else
        strbuf_printf(&out, "(%s, id) %c (?2, ?3)\nORDER BY %s%s, id%s\n", key, after, key, down,
                      down);
    const char *name = checked(arena_printf(&gen->arena, "%s_by_%s_%s", kind->name, order->name,
                                            goes_down ? "backward" : "forward"));
    struct section *section = add_section(gen, name, false);
    section->text = keep(gen, &out);
    section->plan =
        is_indexed ? index : checked(arena_printf(&gen->arena, "%s_by_seq, sort", kind->name));
}

static void make_generated(struct generator *gen)
{
    const struct kind *kind;
    gen->file = NULL;
    for (size_t i = 0; (kind = kind_at(i)); i++) {
        for (size_t t = 0; t < TEMPLATES; t++)
            if (meets(kind, templates[t].need)) make_statement(gen, kind, &templates[t]);
        for (size_t o = 0; o < kind->order_count; o++) {
            make_list(gen, kind, &kind->orders[o], false);
            make_list(gen, kind, &kind->orders[o], true);
        }
    }
}

/* `{live:l.from_id}`: there is a live record of this id, of any kind that is versioned (or recalled). ?2 is the
 * time. */
static void add_live(struct strbuf *out, const char *id, bool is_recalled)
{
    const struct kind *kind;
    const char *separator = "EXISTS (";
    for (size_t i = 0; (kind = kind_at(i)); i++) {
        if (!kind->is_versioned || (is_recalled && !kind->is_recalled)) continue;
        strbuf_printf(out,
                      "%sSELECT 1 FROM %s AS r WHERE r.user_id = ?1 AND r.id = %s"
                      " AND r.deleted_at IS NULL AND r.quarantined_at IS NULL%s",
                      separator, kind->name, id,
                      has_field(kind, "expires_at")
                          ? " AND (r.expires_at IS NULL OR r.expires_at > ?2)"
                          : "");
        separator = " UNION ALL ";
    }
    strbuf_add_char(out, ')');
}

/* `{memory}` or `{memory:m}` at `at`; returns what follows it. */
static const char *expand(struct generator *gen, const char *at, const char *end,
                          struct strbuf *out)
{
    const char *close = memchr(at, '}', (size_t)(end - at));
    if (!close) fail(gen->file, gen->line, "a brace without end", NULL);
    char *name = checked(arena_text_n(&gen->arena, at + 1, (size_t)(close - at) - 1));
    char *prefix = strchr(name, ':');
    if (prefix) *prefix++ = '\0';
    bool is_live = strcmp(name, "live") == 0, is_recalled = strcmp(name, "live_recalled") == 0;
    if (prefix && (is_live || is_recalled)) {
        add_live(out, prefix, is_recalled);
        return close + 1;
    }
    const struct kind *kind = kind_find(name);
    if (!kind) fail(gen->file, gen->line, "no such kind:", name);
    for (const char *c = prefix ? prefix : "m"; *c || c == prefix; c++)
        if (!is_word_char(*c)) fail(gen->file, gen->line, "no prefix of columns:", prefix);
    add_columns(out, kind, prefix ? prefix : "");
    return close + 1;
}

/* One line of a section's statement, without its comment, columns expanded. */
static void add_sql(struct generator *gen, const char *line, size_t length, struct strbuf *out)
{
    const char *end = line + before_comment(line, length);
    while (end > line && isspace((unsigned char)end[-1])) end--;
    if (end == line) return;
    while (line < end) {
        if (*line == '{')
            line = expand(gen, line, end, out);
        else
            strbuf_add_char(out, *line++);
    }
    strbuf_add_char(out, '\n');
}

/* In a plan `{live}` and `{live_recalled}` stand for the tables that such a part of the statement looks into. */
static const char *expand_plan(struct generator *gen, const char *plan)
{
    static const char live[] = "{live}", live_recalled[] = "{live_recalled}";
    struct strbuf out;
    strbuf_init(&out, FILE_MAX);
    while (*plan) {
        bool is_live = strncmp(plan, live, sizeof live - 1) == 0;
        bool is_recalled = strncmp(plan, live_recalled, sizeof live_recalled - 1) == 0;
        if (!is_live && !is_recalled) {
            strbuf_add_char(&out, *plan++);
            continue;
        }
        const char *separator = "";
        const struct kind *kind;
        for (size_t i = 0; (kind = kind_at(i)); i++) {
            if (!kind->is_versioned || (is_recalled && !kind->is_recalled)) continue;
            strbuf_printf(&out, "%s%s", separator, kind->name);
            separator = ", ";
        }
        plan += is_live ? sizeof live - 1 : sizeof live_recalled - 1;
    }
    return keep(gen, &out);
}

static void read_mark(struct generator *gen, struct section *section, const char *mark)
{
    if (strcmp(mark, "write") == 0)
        section->is_write = true;
    else if (strcmp(mark, "store") == 0)
        section->is_store = true;
    else if (strncmp(mark, "plan: ", 6) == 0)
        section->plan = expand_plan(gen, mark + 6);
    else if (strncmp(mark, "plan", 4) == 0)
        fail(gen->file, gen->line, "no plan:", mark);
}

static struct section *begin_section(struct generator *gen, const char *name, bool replaces)
{
    if (!islower((unsigned char)*name)) fail(gen->file, gen->line, "no name of a section:", name);
    for (const char *c = name; *c; c++)
        if (!islower((unsigned char)*c) && !isdigit((unsigned char)*c) && *c != '_')
            fail(gen->file, gen->line, "no name of a section:", name);
    return add_section(gen, name, replaces);
}

static void end_section(struct generator *gen, struct section *section, struct strbuf *sql)
{
    if (!section) return;
    while (sql->length > 0 && strchr("; \n", sql->text[sql->length - 1]))
        strbuf_truncate(sql, sql->length - 1);
    if (sql->length == 0) fail(section->file, section->line, "no statement in", section->name);
    strbuf_add_char(sql, '\n');
    section->text = keep(gen, sql);
}

static void read_queries(struct generator *gen, const char *path, bool replaces)
{
    const char *text = read_file(gen, path);
    struct section *section = NULL;
    struct strbuf sql;
    strbuf_init(&sql, FILE_MAX);
    gen->file = path;
    gen->line = 0;
    while (*text) {
        size_t length = strcspn(text, "\n");
        const char *line = text;
        text += length + (text[length] == '\n');
        gen->line++;
        while (length > 0 && isspace((unsigned char)line[length - 1])) length--;
        if (length >= 3 && strncmp(line, "-- ", 3) == 0) {
            const char *mark = checked(arena_text_n(&gen->arena, line + 3, length - 3));
            bool is_instead = strncmp(mark, "instead: ", 9) == 0;
            if (is_instead || strncmp(mark, "name: ", 6) == 0) {
                end_section(gen, section, &sql);
                section = begin_section(gen, mark + (is_instead ? 9 : 6), replaces || is_instead);
            } else if (section) {
                read_mark(gen, section, mark);
            }
            continue;
        }
        if (!section && before_comment(line, length) > 0)
            fail(path, gen->line, "SQL before the first `-- name:`", NULL);
        if (section) add_sql(gen, line, length, &sql);
    }
    end_section(gen, section, &sql);
}

// --- migrations ----------------------------------------------------------------------------------

/* Notes each CREATE TABLE whose statement has a column user_id, and each index. */
static void note_tables(struct generator *gen, const char *text)
{
    struct strbuf plain;
    strbuf_init(&plain, FILE_MAX);
    while (*text) {
        size_t length = strcspn(text, "\n");
        strbuf_add(&plain, text, before_comment(text, length));
        strbuf_add_char(&plain, '\n');
        text += length + (text[length] == '\n');
    }
    const char *at = keep(gen, &plain);
    struct token before = {"", 0}, token, table = {"", 0};
    bool added;
    while (next_token(&at, &token)) {
        if (is(&before, "TABLE")) table = token;
        if (is(&token, ";")) table.length = 0;
        bool is_users = is(&token, "user_id") && table.length > 0;
        if ((is_users &&
             map_put(&gen->user_tables, table.text, table.length, 1, &added) == MAP_NONE) ||
            (is(&before, "INDEX") &&
             map_put(&gen->indexes, token.text, token.length, 1, &added) == MAP_NONE))
            fail(NULL, 0, "out of memory", NULL);
        before = token;
    }
}

static void read_migrations(struct generator *gen, const char *folder)
{
    const char **paths;
    size_t count = list_files(gen, folder, &paths);
    for (size_t i = 0; i < count; i++) {
        const char *base = strrchr(paths[i], '/') + 1;
        int version = 0, digits = 0;
        for (; isdigit((unsigned char)base[digits]) && digits < 5; digits++)
            version = version * 10 + base[digits] - '0';
        if (digits != 4 || base[4] != '_' || version != (int)i + 1)
            fail(paths[i], 1, "migrations are named NNNN_title.sql, from 0001 without a gap", NULL);
        gen->migrations = checked(arena_grow(&gen->arena, gen->migrations, &gen->migration_capacity,
                                             i + 1, sizeof *gen->migrations));
        struct migration *migration = &gen->migrations[gen->migration_count++];
        migration->version = version;
        migration->title =
            checked(arena_text_n(&gen->arena, base + 5, strlen(base) - strlen("NNNN_.sql")));
        migration->text = read_file(gen, paths[i]);
        note_tables(gen, migration->text);
    }
    if (count == 0) fail(NULL, 0, "no migrations in", folder);
}

// --- the fence -----------------------------------------------------------------------------------

static bool is_user_table(const struct generator *gen, const struct token *token)
{
    return map_find(&gen->user_tables, token->text, token->length) != MAP_NONE;
}

/* `?1` as the first of the values that an INSERT at tokens[i] takes. */
static bool inserts_own_user(const struct token *tokens, size_t i, size_t count)
{
    for (; i + 1 < count; i++) {
        if (is(&tokens[i], "SELECT")) return is(&tokens[i + 1], "?1");
        if (is(&tokens[i], "VALUES")) return i + 2 < count && is(&tokens[i + 2], "?1");
    }
    return false;
}

/* Does this mention of a table, or this predicate, tie rows to the user ?1? */
static bool binds_user(const struct token *tokens, size_t i, size_t count)
{
    if (is(&tokens[i], "INTO"))
        return is(&tokens[i + 2], "(") && is(&tokens[i + 3], "user_id") &&
               inserts_own_user(tokens, i, count);
    if (!is(&tokens[i], "user_id") || !is(&tokens[i + 1], "=")) return false;
    return is(&tokens[i + 2], "?1") || (i + 4 < count && is(&tokens[i + 4], "user_id"));
}

static bool is_comma_join(const struct token *tokens, size_t i, size_t count)
{
    if (!is(&tokens[i], "FROM")) return false;
    size_t next = i + 2 + (i + 2 < count && is(&tokens[i + 2], "AS"));
    return is(&tokens[next], ",") || (next + 1 < count && is(&tokens[next + 1], ","));
}

static void check_tokens(const struct generator *gen, const struct section *section,
                         const struct token *tokens, size_t count)
{
    static const char *const before_table[] = {"FROM", "JOIN", "INTO", "UPDATE", NULL};
    static const char *const writing[] = {"INSERT", "UPDATE", "DELETE", "REPLACE", NULL};
    size_t tables = 0, bound = 0;
    const char *problem = NULL;
    for (size_t i = 0; i < count; i++) {
        bool names_table = is_any(&tokens[i], before_table) && is_user_table(gen, &tokens[i + 1]);
        tables += names_table;
        bound += binds_user(tokens, i, count);
        if (names_table && is_comma_join(tokens, i, count)) problem = "joins are written JOIN in";
        if (is(&tokens[i], ";")) problem = "more than one statement in";
        if (is(&tokens[i + 1], "*") && (is(&tokens[i], "SELECT") || is(&tokens[i], ".")))
            problem = "columns are listed, not *, in";
    }
    if (is_any(&tokens[0], writing) != section->is_write && !is(&tokens[0], "WITH"))
        problem = section->is_write ? "marked `-- write`, but only reads:" : "lacks `-- write`:";
    if (section->is_store)
        problem = tables > 0 ? "`-- store`, but about a user's table:" : problem;
    else if (bound == 0)
        problem = "lacks `user_id = ?1` (or `-- store`, where no user's table is named):";
    else if (bound < tables)
        problem = "names more of a user's tables than it binds `user_id` of:";
    if (problem) fail(section->file, section->line, problem, section->name);
}

static void check_section(struct generator *gen, const struct section *section)
{
    struct token *tokens = NULL, token;
    size_t count = 0, capacity = 0;
    const char *at = section->text;
    while (next_token(&at, &token)) {
        // a few empty tokens stay behind the end, so that looking ahead needs no care
        tokens = checked(arena_grow(&gen->arena, tokens, &capacity, count + 4, sizeof *tokens));
        tokens[count++] = token;
        for (size_t i = 0; i < 3; i++) tokens[count + i] = (struct token){"", 0};
    }
    if (!tokens) fail(section->file, section->line, "says nothing:", section->name);
    check_tokens(gen, section, tokens, count);
}

// --- output --------------------------------------------------------------------------------------

static void add_upper(struct strbuf *out, const char *name)
{
    for (; *name; name++) strbuf_add_char(out, (char)toupper((unsigned char)*name));
}

/* The first template of its verb? */
static bool is_first(size_t t)
{
    for (size_t i = 0; i < t; i++)
        if (strcmp(templates[i].verb, templates[t].verb) == 0) return false;
    return true;
}

static void add_statement_ids(struct strbuf *out, const struct kind *kind)
{
    strbuf_add_text(out, "    {");
    for (size_t t = 0; t < TEMPLATES; t++) {
        bool has = false;
        if (!is_first(t)) continue;
        for (size_t i = t; i < TEMPLATES; i++)
            has |=
                strcmp(templates[i].verb, templates[t].verb) == 0 && meets(kind, templates[i].need);
        strbuf_printf(out, "%sSQL_", t > 0 ? ", " : "");
        if (has) {
            add_upper(out, kind->name);
            strbuf_add_char(out, '_');
            add_upper(out, templates[t].verb);
        } else {
            strbuf_add_text(out, "COUNT");
        }
    }
    strbuf_add_text(out, "},\n");
}

static void add_orders(struct strbuf *out, const struct kind *kind)
{
    static const char *const ways[] = {"FORWARD", "BACKWARD"};
    for (size_t o = 0; o < kind->order_count; o++) {
        strbuf_printf(out, "    {\"%s\", \"%s\"", kind->name, kind->orders[o].name);
        for (size_t way = 0; way < 2; way++) {
            strbuf_add_text(out, ", SQL_");
            add_upper(out, kind->name);
            strbuf_add_text(out, "_BY_");
            add_upper(out, kind->orders[o].name);
            strbuf_printf(out, "_%s", ways[way]);
        }
        strbuf_add_text(out, "},\n");
    }
}

static const char *make_header(struct generator *gen)
{
    struct strbuf out;
    strbuf_init(&out, FILE_MAX);
    strbuf_add_text(&out, "/* Made by tools/sqlgen from sql/ and src/model/records.c. */\n"
                          "#ifndef GEN_SQL_H\n#define GEN_SQL_H\n\n"
                          "#include <stdbool.h>\n#include <stddef.h>\n\n"
                          "enum sql_id {\n");
    for (size_t i = 0; i < gen->section_count; i++) {
        strbuf_add_text(&out, "    SQL_");
        add_upper(&out, gen->sections[i].name);
        strbuf_add_text(&out, ",\n");
    }
    strbuf_add_text(
        &out, "    SQL_COUNT\n};\n\n"
              "struct sql_query {\n    const char *name, *text;\n"
              "    const char *plan; /* NULL: none */\n"
              "    bool is_write, is_store;\n};\n"
              "extern const struct sql_query sql_queries[SQL_COUNT]; /* by sql_id */\n\n"
              "struct sql_migration {\n    int version;\n"
              "    const char *title, *text;\n};\n"
              "extern const struct sql_migration sql_migrations[]; "
              "/* rising from 1 without a gap */\n"
              "extern const size_t sql_migration_count;\n\n"
              "/* A kind's own statements, in the order of kind_at; SQL_COUNT: it has none. */\n"
              "struct sql_kind {\n    enum sql_id ");
    for (size_t t = 0; t < TEMPLATES; t++)
        if (is_first(t)) strbuf_printf(&out, "%s%s", t > 0 ? ", " : "", templates[t].verb);
    strbuf_add_text(&out,
                    ";\n};\nextern const struct sql_kind sql_kinds[];\n\n"
                    "/* Lists, by kind and order (records.h), forward and backward. */\n"
                    "struct sql_order {\n    const char *kind, *order;\n"
                    "    enum sql_id forward, backward;\n};\n"
                    "extern const struct sql_order sql_orders[];\n"
                    "extern const size_t sql_order_count;\n\n"
                    "/* Columns of {kind}: what stands behind it begins at this number. */\n");
    const struct kind *kind;
    for (size_t i = 0; (kind = kind_at(i)); i++) {
        strbuf_add_text(&out, "#define SQL_");
        add_upper(&out, kind->name);
        strbuf_printf(&out, "_COLUMNS %zu\n", column_count(kind));
    }
    strbuf_add_text(&out, "\n#endif\n");
    return keep(gen, &out);
}

static void add_literal(struct strbuf *out, const char *text)
{
    for (const char *line = text; *line;) {
        strbuf_add_text(out, line == text ? "\"" : "\n     \"");
        char c = '\0';
        do {
            char last = c; // of two question marks the second is escaped: no trigraphs
            c = *line++;
            if (c == '\n')
                strbuf_add_text(out, "\\n");
            else if (c == '"' || c == '\\' || (c == '?' && last == '?'))
                strbuf_printf(out, "\\%c", c);
            else
                strbuf_add_char(out, c);
        } while (c != '\n' && *line);
        strbuf_add_char(out, '"');
    }
}

static const char *make_source(struct generator *gen)
{
    struct strbuf out;
    strbuf_init(&out, FILE_MAX);
    strbuf_add_text(&out, "/* Made by tools/sqlgen from sql/ and src/model/records.c. */\n"
                          "#include \"gen/sql.h\"\n\n"
                          "// migrations are longer than the least that C promises to take\n"
                          "#pragma GCC diagnostic ignored \"-Woverlength-strings\"\n\n"
                          "const struct sql_query sql_queries[SQL_COUNT] = {\n");
    for (size_t i = 0; i < gen->section_count; i++) {
        const struct section *section = &gen->sections[i];
        strbuf_printf(&out, "    {\"%s\",\n     ", section->name);
        add_literal(&out, section->text);
        strbuf_add_text(&out, ",\n     ");
        if (section->plan)
            add_literal(&out, section->plan);
        else
            strbuf_add_text(&out, "NULL");
        strbuf_printf(&out, ", %s, %s},\n", section->is_write ? "true" : "false",
                      section->is_store ? "true" : "false");
    }
    const struct kind *kind;
    strbuf_add_text(&out, "};\n\nconst struct sql_kind sql_kinds[] = {\n");
    for (size_t i = 0; (kind = kind_at(i)); i++) add_statement_ids(&out, kind);
    strbuf_add_text(&out, "};\n\nconst struct sql_order sql_orders[] = {\n");
    for (size_t i = 0; (kind = kind_at(i)); i++) add_orders(&out, kind);
    strbuf_add_text(&out,
                    "};\nconst size_t sql_order_count = sizeof sql_orders / sizeof *sql_orders;\n\n"
                    "const struct sql_migration sql_migrations[] = {\n");
    for (size_t i = 0; i < gen->migration_count; i++) {
        const struct migration *migration = &gen->migrations[i];
        strbuf_printf(&out, "    {%d, \"%s\",\n     ", migration->version, migration->title);
        add_literal(&out, migration->text);
        strbuf_add_text(&out, "},\n");
    }
    strbuf_printf(&out, "};\nconst size_t sql_migration_count = %zu;\n", gen->migration_count);
    return keep(gen, &out);
}

int main(int argc, char **argv)
{
    if (argc != 3) fail(NULL, 0, "usage: sqlgen OUTDIR SQLDIR", NULL);
    const char *out = argv[1], *sql = argv[2];
    struct generator gen = {.sections = NULL};
    arena_init(&gen.arena);
    map_init(&gen.names);
    map_init(&gen.user_tables);
    map_init(&gen.indexes);
    read_migrations(&gen, checked(arena_printf(&gen.arena, "%s/migrations/sqlite", sql)));
    make_generated(&gen);
    static const char *const folders[] = {"queries", "sqlite"};
    for (size_t folder = 0; folder < 2; folder++) {
        const char **paths;
        size_t count = list_files(
            &gen, checked(arena_printf(&gen.arena, "%s/%s", sql, folders[folder])), &paths);
        for (size_t i = 0; i < count; i++) read_queries(&gen, paths[i], folder == 1);
    }
    for (size_t i = 0; i < gen.section_count; i++)
        if (gen.sections[i].file) check_section(&gen, &gen.sections[i]);
    write_file(checked(arena_printf(&gen.arena, "%s/gen/sql.h", out)), make_header(&gen));
    write_file(checked(arena_printf(&gen.arena, "%s/gen/sql.c", out)), make_source(&gen));
    map_clear(&gen.names);
    map_clear(&gen.user_tables);
    map_clear(&gen.indexes);
    arena_clear(&gen.arena);
    return 0;
}
