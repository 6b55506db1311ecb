/*
 * The storage shim: a file layer (VFS) between SQLite and the system, with two jobs.
 *
 * Checksum. SQLite does not notice bit rot. Each page of a store ends in 8 bytes that SQLite leaves alone; the shim
 * fills them when the page is written into the store's file and compares them when it is read; a page that does not
 * agree is SQLITE_IOERR_DATA. The log's frames carry SQLite's own checksums.
 *
 * Latch. After a failed sync the kernel may forget what was not written, and the next sync succeeds. So the first
 * sync that fails latches: every later write, truncation, sync and removal of a store's files fails, in all
 * connections of the process, until it restarts. Reading goes on.
 *
 * By the way it makes one write of the two that SQLite does for a frame of the log.
 */
#ifndef DB_SQLITE_SQLITE_SHIM_H
#define DB_SQLITE_SQLITE_SHIM_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SQLITE_SHIM_STORE "mneme" /* over the system's files: checksums and latch */
#define SQLITE_SHIM_COPY                                                                           \
    "mneme-copy" /* for copies being made: checksums; a failing one is no harm to the store */

/* File controls, both with a bool *. */
enum sqlite_shim_control {
    SQLITE_SHIM_CHECKSUMS =
        0x6d6e01,                 /* the file is being made, and its pages will have checksums */
    SQLITE_SHIM_VERIFY = 0x6d6e02 /* compare checksums when reading (they are written either way) */
};

/* Registers the two above, once; SQLITE_OK or why not. Any thread. */
int sqlite_shim_start(void);
/* Tests: a shim under a name of their own over another layer. Stays for the life of the process. */
int sqlite_shim_add(const char *name, const char *beneath, bool has_latch);

bool sqlite_shim_is_latched(void);
void sqlite_shim_latch(void);   /* a sync outside SQLite failed */
void sqlite_shim_unlatch(void); /* tests: as a restart would */

/* What the last 8 of a page's `size` bytes should be; page numbers count from 1. The format is fixed (README.md). */
uint64_t sqlite_shim_checksum(const unsigned char *page, size_t size, uint64_t number);

#endif
