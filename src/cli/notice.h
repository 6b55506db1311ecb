/* What is said to people once, on standard error, before an operation runs. */
#ifndef CLI_NOTICE_H
#define CLI_NOTICE_H

#include "cli/arguments.h"

/* That there is no model, so that recall goes by words: the first time that a user's command would have used one. */
void notice_show(const struct arguments *arguments, struct arena *arena);

#endif
