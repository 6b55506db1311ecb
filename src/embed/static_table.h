/*
 * Static embeddings: a text's vector is the mean of its tokens' rows, brought to length one.
 *
 * One table type serves all layouts; gge_table.c and model2vec.c read theirs and fill it in. Rows
 * are read where they lie in the mapped file, and converted on the way.
 */
#ifndef EMBED_STATIC_TABLE_H
#define EMBED_STATIC_TABLE_H

#include "embed/embed.h"
#include "embed/mapped_file.h"
#include "embed/space.h"
#include "embed/tokenizer.h"
#include "vec/kernels.h"

enum row_type { ROW_F32, ROW_F16, ROW_I8 };

struct static_table {
    struct embedder embedder;
    struct mapped_file file; /* where rows lie, and what else is not owned */
    const struct kernels *kernels;
    struct tokenizer tokenizer;
    enum row_type row_type;
    const void *rows; /* row_count * dimension values */
    size_t row_count;
    const int32_t *mapping; /* row of each token; NULL: the token's own id */
    const float *scales;    /* weight of each token; NULL: 1 */
    void *owned[3]; /* copies of rows, mapping, scales where the file could not be used as it is */
    char space[SPACE_MAX + 1];
};

/* An empty table to fill in (dimension too); NULL when out of memory. Freed by embedder_free. */
struct static_table *static_table_new(void);
/* Checks that each token has a row, and names the space by the file at `path` and by what the
 * files hold. */
enum mneme_code static_table_finish(struct static_table *table, const char *path,
                                    const struct mapped_file *files, size_t file_count,
                                    struct mneme_error *err) MUST_CHECK;

/* The readers of the layouts. */
enum mneme_code gge_table_open(const char *path, struct embedder **out, struct mneme_error *err)
    MUST_CHECK;
enum mneme_code model2vec_open(const char *path, struct embedder **out, struct mneme_error *err)
    MUST_CHECK;

#endif
