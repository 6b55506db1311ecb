#include "engine/use_notes.h"

#include "base/alloc.h"
#include "base/limits.h"

#include <criterion/criterion.h>
#include <string.h>

static struct use_notes notes;
static const struct uuid ada = {{1}}, grace = {{2}};

static void set_up(void)
{
    use_notes_init(&notes);
}

static void tear_down(void)
{
    use_notes_clear(&notes);
}

TestSuite(use_notes, .init = set_up, .fini = tear_down);

static enum use_notes_due use(const struct uuid *user, uint32_t record, int64_t at_us)
{
    struct use_note note = {.kind = &kind_memory, .at_us = at_us, .count = 1};
    note.id.bytes[0] = (unsigned char)(record >> 8);
    note.id.bytes[1] = (unsigned char)record;
    return use_notes_add(&notes, user, &note);
}

Test(use_notes, the_uses_of_a_record_are_one_note_with_the_latest_time)
{
    use(&ada, 1, 10);
    use(&ada, 1, 30);
    use(&ada, 1, 20);
    cr_expect_eq(use_notes_count(&notes), 1);
    struct use_batch *taken = use_notes_take(&notes, &ada, SIZE_MAX);
    cr_assert_not_null(taken);
    cr_expect_eq(taken->count, 1);
    cr_expect_eq(taken->notes[0].count, 3);
    cr_expect_eq(taken->notes[0].at_us, 30);
    cr_expect_eq(use_notes_count(&notes), 0);
    use_batch_free(taken);
}

Test(use_notes, a_user_takes_its_own_in_the_order_of_ids)
{
    use(&ada, 3, 1);
    use(&grace, 9, 1);
    use(&ada, 1, 1);
    use(&ada, 2, 1);
    struct use_batch *taken = use_notes_take(&notes, &ada, SIZE_MAX);
    cr_assert_not_null(taken);
    cr_expect_null(taken->next);
    cr_expect_eq(uuid_compare(&taken->user, &ada), 0);
    cr_assert_eq(taken->count, 3);
    for (unsigned i = 0; i < 3; i++) cr_expect_eq(taken->notes[i].id.bytes[1], i + 1);
    cr_expect_eq(use_notes_count(&notes), 1);
    use_batch_free(taken);
    cr_expect_null(use_notes_take(&notes, &ada, SIZE_MAX));
}

Test(use_notes, more_than_a_write_takes_along_stays)
{
    for (uint32_t i = 0; i < 5; i++) use(&ada, i, 1);
    cr_expect_null(use_notes_take(&notes, &ada, 4));
    cr_expect_eq(use_notes_count(&notes), 5);
    struct use_batch *taken = use_notes_take(&notes, &ada, 5);
    cr_assert_not_null(taken);
    cr_expect_eq(taken->count, 5);
    use_batch_free(taken);
}

Test(use_notes, many_records_or_many_uses_of_a_user_are_due)
{
    uint32_t records = 0, uses = 0;
    use(&grace, 1, 1);
    while (use(&ada, records, 1) == NOTES_NOT_DUE) records++;
    cr_expect_eq(records, 2047);
    use_batch_free(use_notes_take(&notes, &ada, SIZE_MAX));
    while (use(&ada, uses % 10, 1) == NOTES_NOT_DUE) uses++;
    cr_expect_eq(uses, 4095);
    cr_expect_eq(use_notes_count(&notes), 11);
}

Test(use_notes, all_are_due_when_the_queue_is_full)
{
    for (uint32_t i = 0; i < 2000; i++) use(&ada, i, 1);
    for (uint32_t i = 0; i < 2000; i++) cr_assert_eq(use(&grace, i, 1), NOTES_NOT_DUE);
    const struct uuid third = {{3}};
    uint32_t left = 0;
    while (use(&third, left, 1) != NOTES_OF_ALL_DUE) left++;
    cr_expect_eq(left, LIMIT_USE_NOTES - 4000 - 1);
    struct use_batch *taken = use_notes_take(&notes, NULL, SIZE_MAX);
    size_t users = 0;
    for (struct use_batch *batch = taken; batch; batch = batch->next) users++;
    cr_expect_eq(users, 3);
    cr_expect_eq(use_notes_count(&notes), 0);
    use_batch_free(taken);
}

Test(use_notes, what_is_given_back_joins_what_came_meanwhile)
{
    use(&ada, 1, 10);
    use(&ada, 2, 10);
    struct use_batch *taken = use_notes_take(&notes, &ada, SIZE_MAX);
    use(&ada, 1, 5);
    use_notes_give_back(&notes, taken);
    cr_expect_eq(use_notes_count(&notes), 2);
    taken = use_notes_take(&notes, &ada, SIZE_MAX);
    cr_assert_not_null(taken);
    cr_expect_eq(taken->notes[0].count, 2);
    cr_expect_eq(taken->notes[0].at_us, 10);
    cr_expect_eq(taken->use_count, 3);
    use_batch_free(taken);
}

static bool always(void *context)
{
    (void)context;
    return true;
}

Test(use_notes, without_memory_a_use_is_forgotten)
{
    mem_set_hook(always, NULL);
    enum use_notes_due due = use(&ada, 1, 1);
    mem_set_hook(NULL, NULL);
    cr_expect_eq(due, NOTES_NOT_DUE);
    cr_expect_eq(use_notes_count(&notes), 0);
    use(&ada, 1, 2);
    cr_expect_eq(use_notes_count(&notes), 1);
}
