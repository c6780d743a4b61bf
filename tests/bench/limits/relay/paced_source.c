/* SPDX-License-Identifier: Apache-2.0 */
/* COUNT events at RATE a second, whether the sink keeps up or not. At the end
 * it prints, in microseconds, how long half, 99 % and 99.9 % of them took at
 * most: from when each was due, not from when there was room for it. */
#include "maker.h"
#include "relay.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

static unsigned long wanted, rate, begun, arrived;
static int64_t start_ns, *took_ns;
static int timer;

static int64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000 + t.tv_nsec;
}

static int64_t due_ns(unsigned long number)
{
    return start_ns + (int64_t)(number * 1000000000 / rate);
}

static void wake_when_due(void)
{
    int64_t at = due_ns(begun);
    struct itimerspec when = { .it_value = { at / 1000000000,
                                             at % 1000000000 } };

    if (timerfd_settime(timer, TFD_TIMER_ABSTIME, &when, NULL))
        die("timerfd");
}

static void tick(void *arg)
{
    (void)arg;
    silence(timer);
}

static void open_source(const char *uri)
{
    if (sscanf(uri, "paced:%lu:%lu", &wanted, &rate) != 2 || !wanted || !rate)
        die(uri);
    name_attributes("");
    took_ns = calloc(wanted, sizeof *took_ns);
    timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    if (!took_ns || timer < 0)
        die("paced");
    watch(timer, tick, NULL);
    start_ns = now_ns();
    wake_when_due();
}

static void pull(size_t room)
{
    unsigned long before = begun;

    while (room-- > 0 && begun < wanted && due_ns(begun) <= now_ns()) {
        make_one(begun, (void *)(uintptr_t)begun);
        begun++;
    }
    if (begun > before && begun < wanted)
        wake_when_due();
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static void report(void)
{
    qsort(took_ns, wanted, sizeof *took_ns, compare);
    printf("%ld %ld %ld\n", (long)(took_ns[wanted / 2] / 1000),
           (long)(took_ns[wanted * 99 / 100] / 1000),
           (long)(took_ns[wanted * 999 / 1000] / 1000));
}

static void settle(void *token)
{
    unsigned long number = (unsigned long)(uintptr_t)token;

    took_ns[number] = now_ns() - due_ns(number);
    if (++arrived == wanted) {
        report();
        exit(0);
    }
}

const source paced_source = { "paced", open_source, pull, settle, NULL };
