/* SPDX-License-Identifier: Apache-2.0 */
/* A wall clock that a test sets while a program runs: preloaded, it adds the
 * seconds that stand as text in the file CE_TEST_CLOCK. Times to wait until are
 * moved back, as the kernel's own clock does not jump. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

static long offset_s(void)
{
    const char *path = getenv("CE_TEST_CLOCK");
    FILE *file = path ? fopen(path, "re") : NULL;
    long seconds = 0;

    if (file && fscanf(file, "%ld", &seconds) != 1)
        seconds = 0;
    if (file)
        fclose(file);
    return seconds;
}

static void *next(const char *name)
{
    void *found = dlsym(RTLD_NEXT, name);

    if (!found)
        abort();
    return found;
}

int clock_gettime(clockid_t clock, struct timespec *t)
{
    static int (*real)(clockid_t, struct timespec *);
    int code;

    if (!real)
        *(void **)&real = next("clock_gettime");
    code = real(clock, t);
    if (code == 0 &&
        (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        t->tv_sec += offset_s();
    return code;
}

int gettimeofday(struct timeval *restrict t, void *restrict zone)
{
    struct timespec now;

    (void)zone;
    if (clock_gettime(CLOCK_REALTIME, &now))
        return -1;
    t->tv_sec = now.tv_sec;
    t->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *out)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    if (out)
        *out = now.tv_sec;
    return now.tv_sec;
}

int pthread_cond_timedwait(pthread_cond_t *restrict cond,
                           pthread_mutex_t *restrict mutex,
                           const struct timespec *restrict until)
{
    static int (*real)(pthread_cond_t *, pthread_mutex_t *,
                       const struct timespec *);
    struct timespec moved = *until;
    struct timespec now;

    if (!real)
        *(void **)&real = next("pthread_cond_timedwait");
    clock_gettime(CLOCK_REALTIME, &now);
    /* A condition may wait by the steady clock: that one is far from the
     * wall's. */
    if (until->tv_sec > now.tv_sec / 2)
        moved.tv_sec -= offset_s();
    return real(cond, mutex, &moved);
}
