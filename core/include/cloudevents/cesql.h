/* SPDX-License-Identifier: Apache-2.0 */
/* CloudEvents SQL 1.0.0, and the filter dialects of the Subscriptions API. */
#ifndef CLOUDEVENTS_CESQL_H
#define CLOUDEVENTS_CESQL_H

#include <cloudevents/event.h>

CE_BEGIN_DECLS

typedef enum ce_sql_type {
    CE_SQL_BOOLEAN,
    CE_SQL_INTEGER,
    CE_SQL_STRING
} ce_sql_type;

/* What can go wrong (CESQL 3.3). Evaluation never stops: an operator that fails
 * gives the zero value of its own type beside the error. */
typedef enum ce_sql_error {
    CE_SQL_OK,
    CE_SQL_PARSE,
    CE_SQL_MATH,
    CE_SQL_CAST,
    CE_SQL_MISSING_ATTRIBUTE,
    CE_SQL_MISSING_FUNCTION,
    CE_SQL_FUNCTION_EVALUATION,
    CE_SQL_GENERIC
} ce_sql_error;

/* Every evaluation gives a value and perhaps the first error. Look at ERROR
 * first, then at the member that TYPE names. */
typedef struct ce_sql_value {
    ce_sql_type type;
    bool boolean;
    int32_t integer;
    ce_slice string; /* in the arena, event or expression */
    ce_sql_error error;
} ce_sql_value;

/* A compiled expression; immutable, usable from any thread. */
typedef struct ce_sql ce_sql;

/* Compiles TEXT, which is copied. Fails with CE_ESYNTAX; ERR gives the column and
 * what was expected. An unknown function is no failure here but an error of
 * each evaluation (CESQL 3.5). Free *OUT with ce_sql_free. */
CE_API ce_status ce_sql_compile(ce_sql **out, ce_slice text,
                                ce_error *err) CE_MUST_USE;
/* Evaluates Q for E. A string in the value may lie in E, in Q or in ARENA: keep
 * all three while you use it. */
CE_API ce_sql_value ce_sql_eval(const ce_sql *q, const ce_event *e,
                                ce_arena *arena);
/* Accepts NULL. */
CE_API void ce_sql_free(ce_sql *q);

/* A tree of filters: the dialects of the Subscriptions API, 3.2.4.1. Leaves
 * compare bytes, with case; an attribute that is missing matches nothing. */
typedef enum ce_filter_kind {
    CE_FILTER_EXACT,
    CE_FILTER_PREFIX,
    CE_FILTER_SUFFIX,
    CE_FILTER_ALL,
    CE_FILTER_ANY,
    CE_FILTER_NOT,
    CE_FILTER_SQL
} ce_filter_kind;

typedef struct ce_filter ce_filter;

/* A leaf, EXACT, PREFIX or SUFFIX, that compares attribute NAME; the texts are
 * copied. Fails with CE_EINVAL on an illegal name and on an empty value. */
CE_API ce_status ce_filter_attribute(ce_filter **out, ce_filter_kind kind,
                                     ce_slice name, ce_slice value,
                                     ce_error *err) CE_MUST_USE;
/* A leaf of CESQL. It passes on true without an error only. */
CE_API ce_status ce_filter_sql(ce_filter **out, ce_slice text,
                               ce_error *err) CE_MUST_USE;
/* ALL, ANY or NOT without parts yet. */
CE_API ce_status ce_filter_group(ce_filter **out, ce_filter_kind kind,
                                 ce_error *err) CE_MUST_USE;
/* Adds PART, which GROUP frees from now on; a failure frees it at once. NOT takes
 * one part only, and trees are at most 64 high. */
CE_API ce_status ce_filter_add(ce_filter *group, ce_filter *part,
                               ce_error *err) CE_MUST_USE;
/* Whether E passes. ARENA is scratch and has no more in it afterwards. Any number
 * of threads may ask one filter, each with an arena of its own. */
CE_API bool ce_filter_match(const ce_filter *f, const ce_event *e,
                            ce_arena *arena);
/* Accepts NULL. */
CE_API void ce_filter_free(ce_filter *f);

CE_END_DECLS

#endif
