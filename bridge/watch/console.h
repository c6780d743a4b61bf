/* SPDX-License-Identifier: Apache-2.0 */
/* Log lines on stderr. */
#ifndef CE_BRIDGE_WATCH_CONSOLE_H
#define CE_BRIDGE_WATCH_CONSOLE_H

#include <cloudevents/log.h>

typedef enum br_log_form {
    BR_LOG_TEXT,   /* "cebridge: warning: ..." */
    BR_LOG_JSON,   /* an object a line: time, level, fields, message */
    BR_LOG_JOURNAL /* text behind the priority of sd-daemon(3) */
} br_log_form;

/* What the lines of a thread are about. */
typedef struct br_console_place {
    const char *route;
    const char *file; /* of its configuration; NULL: the command line */
    unsigned line;    /* there, of the endpoint or the route */
} br_console_place;
/* ROUTE and ENDPOINT are those that a line names, or NULL. */
typedef br_console_place br_console_find_fn(const void *arg, const char *route,
                                            const char *endpoint);

/* Call once, before other threads start: log lines of LEVEL and above go to
 * stderr from now on. The form text is that of the journal when stderr leads
 * there ($JOURNAL_STREAM). */
void br_console_open(ce_level level, br_log_form form);
/* The same later, from any thread. */
void br_console_set(ce_level level, br_log_form form);
/* FIND is asked for each line that this thread writes from now on: warnings and
 * errors name their place in the configuration. */
void br_console_about(br_console_find_fn *find, const void *arg);
/* Writes a line that no level hides: what the program owes to its user. Any
 * thread. */
void br_console_say(ce_level level, const char *fmt, ...) CE_PRINTF(2, 3);

/* Writes a line to stderr before the console is open, or without one. What
 * peers and arguments have brought into it cannot move a terminal's cursor. */
void br_complain(const char *fmt, ...) CE_PRINTF(1, 2);

#endif
