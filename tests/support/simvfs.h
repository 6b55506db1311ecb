/*
 * A simulated disk under SQLite that loses power: a file layer (VFS) in memory which keeps, for each file, what the
 * process sees, what is durable, and the writes and truncations in between, in order.
 *
 *   - A sync makes its file's changes durable, and with the first one the file's name.
 *   - A name that was removed without a sync of the folder may come back.
 *   - A cut makes every later call fail. A reboot builds each file anew from what is durable and one of four damages
 *     done to what was not, and clears locks and shared memory. An image taken at the cut allows several reboots.
 *   - Time and randomness are the disk's own, so a seed repeats a run; sleeping takes no time.
 *
 * It stands under the storage shim (sqlite_shim_add) or alone. Connections of several threads may use it at once. It
 * knows one process. The fields of sim_faults and the counters may be changed between calls. It aborts when memory runs
 * out; its memory does not come from base/alloc.h.
 *
 *     struct sim_disk *disk = sim_disk_new("sim", 1);
 *     disk->faults.cut_at = 17;           ... open "/store.db" with .vfs = "sim", work until calls fail, close
 *     sim_disk_reboot(disk, SIM_TORN, seed);                              ... open again, look
 *     sim_disk_free(disk);
 */
#ifndef SUPPORT_SIMVFS_H
#define SUPPORT_SIMVFS_H

#include <stdbool.h>
#include <stdint.h>

enum sim_damage {
    SIM_NONE,   /* nothing that was not synced is there */
    SIM_PREFIX, /* of each file's changes, some first ones */
    SIM_SUBSET, /* any of them, in their order */
    SIM_TORN,   /* the same, torn in sectors of 512 bytes: 5/8 new, 2/8 old, 1/8 garbage */
    SIM_DAMAGE_COUNT
};

struct sim_faults {
    /* The n-th call from 1 fails with `fail_code` (SQLite's), once or for ever. Calls: open, read, write, truncate,
     * sync, size, remove, look up, map shared memory. 0: none. */
    long fail_at;
    int fail_code;
    bool fails_for_ever;
    long
        cut_at; /* the n-th call that changes the disk (write, truncate, sync, remove) has no effect, nor have
                          all calls after it. 0: none */
    long
        drop_sync_at; /* the n-th sync fails and its changes are never written, though later syncs succeed. 0: none */
    bool sync_lies; /* a sync says it is done and does nothing */
    /* Garbage stays within the bytes of the write, as SQLite believes of the systems it knows; else it may take the
     * whole of each sector that is written to. */
    bool keeps_neighbours;
};

struct sim_disk {
    struct sim_faults faults;
    long call_count, change_count, sync_count; /* since the last reset */
    bool is_cut;
    struct sim_state *state;
};

/* Registers the layer under `vfs_name` (borrowed). One disk of a name at a time. */
struct sim_disk *sim_disk_new(const char *vfs_name, uint64_t seed);
/* Nothing may be open on it. */
void sim_disk_free(struct sim_disk *disk);

/* An empty disk, no faults, counters at 0, randomness from `seed`. Nothing may be open on it. */
void sim_disk_reset(struct sim_disk *disk, uint64_t seed);
/* Power is back after a cut (or is lost now): what is durable, the rest damaged. Clears faults and counters. Nothing
 * may be open on it. */
void sim_disk_reboot(struct sim_disk *disk, enum sim_damage damage, uint64_t seed);

/* A copy of the disk as it is, and putting it back (any number of times; nothing may be open on the disk). */
struct sim_image;
struct sim_image *sim_image_new(const struct sim_disk *disk);
void sim_image_load(const struct sim_image *image, struct sim_disk *disk);
void sim_image_free(struct sim_image *image);

#endif
