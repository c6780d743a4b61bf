/* SPDX-License-Identifier: Apache-2.0 */
/* One callback, four levels. Event data and secrets are never logged. */
#ifndef CLOUDEVENTS_LOG_H
#define CLOUDEVENTS_LOG_H

#include <stdint.h>

#include <cloudevents/api.h>

CE_BEGIN_DECLS

typedef enum ce_level { CE_ERROR, CE_WARN, CE_INFO, CE_DEBUG } ce_level;

/* What a line is about, for programs that read logs. All of it may be left out;
 * the texts live during the call. */
typedef struct ce_log_fields {
    const char *route;    /* the line begins with it, ... */
    const char *endpoint; /* ... and then with this, without secrets */
    const char *event;    /* the id of an event */
    const char *error;    /* the reason alone */
    uint64_t repeated;    /* the line stands for so many, if more than 1 */
} ce_log_fields;

/* LINE has no line break. Called from any thread. */
typedef void ce_log_fn(ce_level level, const char *line, void *arg);

/* Replaces the sink of log lines and drops those above LEVEL. Call it at any
 * time, from any thread. Without a call warnings and errors go to stderr. NULL
 * silences everything. */
CE_API void ce_log_to(ce_log_fn *fn, void *arg, ce_level level);
/* Writes one line; controls in it are replaced, and what is too long is cut.
 * Call it from any thread. */
CE_API void ce_log(ce_level level, const char *fmt, ...) CE_PRINTF(2, 3);
/* The same with fields. */
CE_API void ce_log_with(ce_level level, const ce_log_fields *fields,
                        const char *fmt, ...) CE_PRINTF(3, 4);
/* The same about an ENDPOINT alone. */
CE_API void ce_log_of(ce_level level, const char *endpoint, const char *fmt,
                      ...) CE_PRINTF(3, 4);
/* Call it from a ce_log_fn: the fields of its line; never NULL. */
CE_API const ce_log_fields *ce_log_fields_now(void);
/* "error", "warning", "info", "debug". */
CE_API const char *ce_level_name(ce_level level);

CE_END_DECLS

#endif
