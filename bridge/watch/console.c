/* SPDX-License-Identifier: Apache-2.0 */
/* Log lines for people and for programs: one write each, so that threads do
 * not mix them. */
#include "bridge/watch/console.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bridge/watch/progress.h"
#include "core/base/printable.h"
#include "core/base/time.h"
#include "core/json/scan.h"

static atomic_int form; /* a br_log_form */
static _Thread_local br_console_find_fn *find;
static _Thread_local const void *find_arg;

void br_console_about(br_console_find_fn *fn, const void *arg)
{
    find = fn;
    find_arg = arg;
}

/* --- what a line is about --- */

enum { PLACE = 600 };

static br_console_place place_of_line(void)
{
    const ce_log_fields *f = ce_log_fields_now();

    if (find)
        return find(find_arg, f->route, f->endpoint);
    return (br_console_place){ .route = f->route };
}

/* "FILE:LINE", or empty: what goes well has no cause in a setting. */
static void write_place(char out[PLACE], const br_console_place *at,
                        ce_level level)
{
    out[0] = '\0';
    if (at->file && level <= CE_WARN)
        snprintf(out, PLACE, "%s:%u", at->file, at->line);
}

/* What stands before a line: its place, and its route if it does not name
 * it. */
static void write_origin(char out[2 * PLACE], ce_level level)
{
    const br_console_place at = place_of_line();
    bool is_named = ce_log_fields_now()->route;
    char place[PLACE];

    write_place(place, &at, level);
    out[0] = '\0';
    if (place[0])
        snprintf(out, (size_t)2 * PLACE, "%s: %s%s", place,
                 is_named ? "" : at.route, is_named ? "" : ": ");
}

/* --- forms --- */

static void write_text(ce_level level, const char *line)
{
    char origin[2 * PLACE];

    write_origin(origin, level);
    if (level == CE_INFO)
        fprintf(stderr, "cebridge: %s%s\n", origin, line);
    else
        fprintf(stderr, "cebridge: %s: %s%s\n", ce_level_name(level), origin,
                line);
}

/* The fields that a text does not say in its own words. */
static void write_fields(char out[PLACE])
{
    const ce_log_fields *f = ce_log_fields_now();
    size_t len = 0;

    out[0] = '\0';
    if (f->event)
        len = (size_t)snprintf(out, PLACE / 2, " event=%s", f->event);
    if (len >= PLACE / 2)
        len = PLACE / 2 - 1;
    if (f->repeated > 1)
        snprintf(out + len, PLACE - len, " repeated=%" PRIu64, f->repeated);
    ce_printable(out);
}

/* The priorities of syslog(3). */
static void write_journal(ce_level level, const char *line)
{
    static const int priorities[] = { 3, 4, 6, 7 };
    char origin[2 * PLACE], fields[PLACE];

    write_origin(origin, level);
    write_fields(fields);
    fprintf(stderr, "<%d>%s%s%s\n", priorities[level], origin, line, fields);
}

/* Left out without a TEXT. */
static ce_status put_member(ce_buf *b, const char *name, const char *text)
{
    ce_status status;

    if (!text || !*text)
        return CE_OK;
    status = ce_buf_printf(b, "%s\"%s\":", b->len ? "," : "{", name);
    return status == CE_OK ? ce_json_escape(ce_slice_of(text), b) : status;
}

static ce_status put_repeated(ce_buf *b, uint64_t count)
{
    if (count < 2)
        return CE_OK;
    return ce_buf_printf(b, ",\"repeated\":%" PRIu64, count);
}

static ce_status put_object(ce_buf *b, ce_level level, const char *line)
{
    const ce_log_fields *f = ce_log_fields_now();
    const br_console_place at = place_of_line();
    char when[CE_TIME_MAX + 1], place[PLACE];
    struct timespec now;
    const struct {
        const char *name, *text;
    } members[] = { { "time", when },
                    { "level", ce_level_name(level) },
                    { "route", f->route ? f->route : at.route },
                    { "endpoint", f->endpoint },
                    { "event", f->event },
                    { "error", f->error },
                    { "place", place },
                    { "message", line } };
    ce_status status = CE_OK;

    clock_gettime(CLOCK_REALTIME, &now);
    now.tv_nsec -= now.tv_nsec % 1000000;
    when[ce_time_format(now, when)] = '\0';
    write_place(place, &at, level);
    for (size_t i = 0; i < sizeof members / sizeof *members && status == CE_OK;
         i++)
        status = put_member(b, members[i].name, members[i].text);
    return status == CE_OK ? put_repeated(b, f->repeated) : status;
}

static void write_json(ce_level level, const char *line)
{
    ce_buf b = { 0 };

    if (put_object(&b, level, line) == CE_OK)
        fprintf(stderr, "%.*s}\n", (int)b.len, b.ptr);
    else
        write_text(level, line);
    ce_buf_free(&b);
}

static void write_line(ce_level level, const char *line, void *arg)
{
    (void)arg;
    br_progress_clear();
    if (form == BR_LOG_JSON)
        write_json(level, line);
    else if (form == BR_LOG_JOURNAL)
        write_journal(level, line);
    else
        write_text(level, line);
}

/* --- the way there --- */

void br_console_say(ce_level level, const char *fmt, ...)
{
    char line[8192]; /* the end may name many inboxes */
    va_list args;

    va_start(args, fmt);
    vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    ce_printable(line);
    if (form == BR_LOG_TEXT) {
        br_progress_clear();
        fprintf(stderr, "cebridge: %s\n", line);
    } else {
        write_line(level, line, NULL);
    }
}

/* systemd names the device and the inode of the stream to its journal; stderr
 * may have been led elsewhere since. */
static bool is_journal(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    unsigned long long device, inode;
    struct stat now;

    return stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
           !fstat(STDERR_FILENO, &now) && now.st_dev == device &&
           now.st_ino == inode;
}

void br_console_set(ce_level level, br_log_form wanted)
{
    form = wanted == BR_LOG_TEXT && is_journal() ? BR_LOG_JOURNAL : wanted;
    ce_log_to(write_line, NULL, level);
}

void br_console_open(ce_level level, br_log_form wanted)
{
    static char buffer[4096];

    setvbuf(stderr, buffer, _IOLBF, sizeof buffer);
    br_console_set(level, wanted);
}

void br_complain(const char *fmt, ...)
{
    char line[2048];
    va_list args;

    va_start(args, fmt);
    vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    ce_printable(line);
    fprintf(stderr, "%s\n", line);
}
