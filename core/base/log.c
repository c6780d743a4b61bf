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

static const ce_log_fields none;
static _Thread_local const ce_log_fields *now = &none;

const ce_log_fields *ce_log_fields_now(void)
{
    return now;
}

/* A callback may log itself. */
static void hand_over(ce_level level, const ce_log_fields *fields,
                      const char *line)
{
    const ce_log_fields *outer = now;
    ce_log_fn *fn;
    void *arg;

    pthread_mutex_lock(&sink.lock);
    fn = sink.fn;
    arg = sink.arg;
    pthread_mutex_unlock(&sink.lock);
    if (!fn)
        return;
    now = fields;
    fn(level, line, arg);
    now = outer;
}

/* Appends "NAME: ", if there is one, and returns the new length. */
static size_t add_name(char *line, size_t len, size_t size, const char *name)
{
    int more = name ? snprintf(line + len, size - len, "%s: ", name) : 0;

    len += more > 0 ? (size_t)more : 0;
    return len < size ? len : size - 1;
}

static void write_line(ce_level level, const ce_log_fields *fields,
                       const char *fmt, va_list args)
{
    char line[512]; /* what is longer says no more to people */
    size_t len = add_name(line, 0, sizeof line, fields->route);

    len = add_name(line, len, sizeof line, fields->endpoint);
    vsnprintf(line + len, sizeof line - len, fmt, args);
    ce_printable(line);
    hand_over(level, fields, line);
}

void ce_log(ce_level level, const char *fmt, ...)
{
    va_list args;

    if (!ce_log_is_on(level))
        return;
    va_start(args, fmt);
    write_line(level, &none, fmt, args);
    va_end(args);
}

void ce_log_with(ce_level level, const ce_log_fields *fields, const char *fmt,
                 ...)
{
    va_list args;

    if (!ce_log_is_on(level))
        return;
    va_start(args, fmt);
    write_line(level, fields, fmt, args);
    va_end(args);
}

void ce_log_of(ce_level level, const char *endpoint, const char *fmt, ...)
{
    va_list args;

    if (!ce_log_is_on(level))
        return;
    va_start(args, fmt);
    write_line(level, &(ce_log_fields){ .endpoint = endpoint }, fmt, args);
    va_end(args);
}

const char *ce_level_name(ce_level level)
{
    static const char *const names[] = { "error", "warning", "info", "debug" };

    return (unsigned)level < 4 ? names[level] : "unknown";
}
