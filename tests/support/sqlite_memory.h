/*
 * SQLite's allocations by base/alloc.h, so that a test can make them fail as it does ours, and count what is not freed.
 */
#ifndef SUPPORT_SQLITE_MEMORY_H
#define SUPPORT_SQLITE_MEMORY_H

#include <stdbool.h>

/* Before anything of SQLite is used in this process. */
void sqlite_memory_hook(void);
/* Blocks that SQLite holds. */
long sqlite_memory_blocks(void);

/* The n-th allocation from now on fails, of ours and of SQLite's, and if `for_ever` all after it; 0: none. Returns how
 * many there were when it is taken out. */
void memory_fail_at(long n, bool for_ever);
long memory_fail_never(void);

#endif
