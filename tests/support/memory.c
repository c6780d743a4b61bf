/* SPDX-License-Identifier: Apache-2.0 */
/* Counts and refuses allocations; from any thread. */
#include "tests/support/memory.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include <cloudevents/alloc.h>

#include "tests/support/ce_test.h"

enum { NEVER = -1 };

static atomic_long live, calls, countdown = NEVER;
static atomic_bool for_good, spare;

static bool is_refused(void)
{
    long left;

    atomic_fetch_add(&calls, 1);
    left = atomic_load(&countdown);
    if (left == NEVER || atomic_load(&spare))
        return false;
    if (left > 0) {
        atomic_store(&countdown, left - 1);
        return false;
    }
    if (!atomic_load(&for_good))
        atomic_store(&countdown, NEVER);
    return true;
}

static void *allocate(size_t size, void *arg)
{
    void *ptr = is_refused() ? NULL : malloc(size);

    (void)arg;
    if (ptr)
        atomic_fetch_add(&live, 1);
    return ptr;
}

static void *resize(void *old, size_t size, void *arg)
{
    void *ptr = is_refused() ? NULL : realloc(old, size);

    (void)arg;
    if (ptr && !old)
        atomic_fetch_add(&live, 1);
    return ptr;
}

static void release(void *ptr, void *arg)
{
    (void)arg;
    atomic_fetch_sub(&live, 1);
    free(ptr);
}

void ce_memory_watch(void)
{
    static const ce_allocator watched = { allocate, resize, release, NULL };

    atomic_store(&live, 0);
    atomic_store(&calls, 0);
    ce_memory_heal();
    ce_set_allocator(&watched);
}

void ce_memory_unwatch(void)
{
    ce_memory_heal();
    ce_set_allocator(NULL);
}

long ce_memory_live(void)
{
    return atomic_load(&live);
}

long ce_memory_calls(void)
{
    return atomic_load(&calls);
}

void ce_memory_fail_from(long n)
{
    atomic_store(&for_good, true);
    atomic_store(&countdown, n);
}

void ce_memory_fail_at(long n)
{
    atomic_store(&for_good, false);
    atomic_store(&countdown, n);
}

void ce_memory_spare_begin(void)
{
    atomic_store(&spare, true);
}

void ce_memory_spare_end(void)
{
    atomic_store(&spare, false);
}

void ce_memory_heal(void)
{
    atomic_store(&countdown, NEVER);
}

enum { ATTEMPTS = 400 };

void ce_memory_torture(ce_status (*work)(void))
{
    long at = 0;
    ce_status status;

    ce_memory_watch();
    for (; at < ATTEMPTS; at++) {
        long before = ce_memory_calls();

        ce_memory_fail_at(at);
        status = work();
        ce_memory_heal();
        EXPECT_EQ(ce_memory_live(), 0);
        if (ce_memory_calls() - before <= at)
            break;
        EXPECT_STATUS(status, CE_ENOMEM);
    }
    EXPECT_OK(status);
    EXPECT_CMP(at, >, 0);
    EXPECT_CMP(at, <, ATTEMPTS);
    ce_memory_unwatch();
}
