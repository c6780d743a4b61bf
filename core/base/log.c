/* SPDX-License-Identifier: Apache-2.0 */
/* Formats a line and hands it to the one callback. */
#include "core/base/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>

#include "core/base/printable.h"

static void to_stderr(ce_level level, const char *line, void *arg)
{
    (void)arg;
    fprintf(stderr, "cloudevents: %s: %s\n", ce_level_name(level), line);
}

atomic_int ce_log_threshold = CE_WARN;

/* Guarded by its lock. */
static struct {
    pthread_mutex_t lock;
    ce_log_fn *fn;
    void *arg;
} sink = { PTHREAD_MUTEX_INITIALIZER, to_stderr, NULL };

void ce_log_to(ce_log_fn *fn, void *arg, ce_level level)
{
    pthread_mutex_lock(&sink.lock);
    sink.fn = fn;
    sink.arg = arg;
    atomic_store(&ce_log_threshold, fn ? (int)level : -1);
    pthread_mutex_unlock(&sink.lock);
}

void ce_log(ce_level level, const char *fmt, ...)
{
    char line[512]; /* what is longer says no more to people */
    va_list args;
    ce_log_fn *fn;
    void *arg;

    if (!ce_log_is_on(level))
        return;
    va_start(args, fmt);
    vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    ce_printable(line);
    pthread_mutex_lock(&sink.lock);
    fn = sink.fn;
    arg = sink.arg;
    pthread_mutex_unlock(&sink.lock);
    if (fn)
        fn(level, line, arg);
}

const char *ce_level_name(ce_level level)
{
    static const char *const names[] = { "error", "warning", "info", "debug" };

    return (unsigned)level < 4 ? names[level] : "unknown";
}
