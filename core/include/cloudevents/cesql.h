/* SPDX-License-Identifier: Apache-2.0 */
/* CloudEvents SQL 1.0.0, and the filter dialects of the Subscriptions API.
 *
 * Compile once, evaluate often: compiled expressions and finished filters do
 * not change, so any number of threads may use one, each with an arena of its
 * own. ERR may be NULL. */
#ifndef CLOUDEVENTS_CESQL_H
#define CLOUDEVENTS_CESQL_H

#include <cloudevents/event.h>

CE_BEGIN_DECLS

/* The three types of values (CESQL 3.1). Attributes of the other types of
 * CloudEvents are read as strings (CESQL 3.2). */
typedef enum ce_sql_type {
    CE_SQL_BOOLEAN,
    CE_SQL_INTEGER,
    CE_SQL_STRING
} ce_sql_type;

/* What can go wrong (CESQL 3.3). Evaluation never stops: an operator that fails
 * gives the zero value of its own type beside the error. */
typedef enum ce_sql_error {
    CE_SQL_OK,
    CE_SQL_PARSE,               /* never of an evaluation */
    CE_SQL_MATH,                /* such as a division by zero, an overflow */
    CE_SQL_CAST,                /* a value has no meaning in the other type */
    CE_SQL_MISSING_ATTRIBUTE,   /* the event does not have it */
    CE_SQL_MISSING_FUNCTION,    /* no function has this name and arity */
    CE_SQL_FUNCTION_EVALUATION, /* a function refused its arguments */
    CE_SQL_GENERIC              /* any other, such as no memory */
} ce_sql_error;

/* Every evaluation gives a value and perhaps the first error. Look at ERROR
 * first, then at the member that TYPE names. */
typedef struct ce_sql_value {
    ce_sql_type type;
    bool boolean;
    int32_t integer;
    ce_slice string; /* in the arena, event or expression; see ce_sql_eval */
    ce_sql_error error;
} ce_sql_value;

/* A compiled expression; immutable. */
typedef struct ce_sql ce_sql;

/* Compiles TEXT, which is copied. Free *OUT with ce_sql_free. Fails with
 * CE_ESYNTAX; ERR gives the column and what was expected. An unknown function
 * is no failure here but an error of each evaluation (CESQL 3.5). */
CE_API ce_status ce_sql_compile(ce_sql **out, ce_slice text,
                                ce_error *err) CE_MUST_USE;
/* Evaluates Q for E, which is only read. It always returns a value: look at its
 * error first. A string in the value may lie in E, in Q or in ARENA: keep all
 * three while you use it, and reset ARENA when you have done. */
CE_API ce_sql_value ce_sql_eval(const ce_sql *q, const ce_event *e,
                                ce_arena *arena);
/* Frees Q; strings of its values go with it. Accepts NULL. */
CE_API void ce_sql_free(ce_sql *q);

/* The dialects of the Subscriptions API, 3.2.4.1. EXACT, PREFIX and SUFFIX
 * compare bytes, with case; an attribute that is missing matches none of
 * them. */
typedef enum ce_filter_kind {
    CE_FILTER_EXACT,  /* the whole value */
    CE_FILTER_PREFIX, /* its beginning */
    CE_FILTER_SUFFIX, /* its end */
    CE_FILTER_ALL,    /* every part passes */
    CE_FILTER_ANY,    /* one part passes, or more */
    CE_FILTER_NOT,    /* its only part does not pass */
    CE_FILTER_SQL     /* an expression is true */
} ce_filter_kind;

/* A tree of filters. Build it on one thread; once it is complete any thread may
 * ask it. Free its root alone, with ce_filter_free. */
typedef struct ce_filter ce_filter;

/* Makes a leaf, EXACT, PREFIX or SUFFIX, that compares attribute NAME; the
 * texts are copied. Fails with CE_EINVAL on an illegal name and on an empty
 * value, which the Subscriptions API forbids; *OUT is NULL then. */
CE_API ce_status ce_filter_attribute(ce_filter **out, ce_filter_kind kind,
                                     ce_slice name, ce_slice value,
                                     ce_error *err) CE_MUST_USE;
/* Makes a leaf of CESQL; TEXT is copied. It passes on true without an error
 * only (CESQL 1.2). Errors are those of ce_sql_compile; *OUT is NULL then. */
CE_API ce_status ce_filter_sql(ce_filter **out, ce_slice text,
                               ce_error *err) CE_MUST_USE;
/* Makes ALL, ANY or NOT without parts yet. Add at least one before you use
 * it. */
CE_API ce_status ce_filter_group(ce_filter **out, ce_filter_kind kind,
                                 ce_error *err) CE_MUST_USE;
/* Adds PART, which GROUP frees from now on; a failure frees it at once. NOT
 * takes one part only, and trees are at most 64 high. */
CE_API ce_status ce_filter_add(ce_filter *group, ce_filter *part,
                               ce_error *err) CE_MUST_USE;
/* Returns whether E passes; false too when memory is short. ARENA is scratch
 * and has no more in it afterwards. Any number of threads may ask one filter,
 * each with an arena of its own. */
CE_API bool ce_filter_match(const ce_filter *f, const ce_event *e,
                            ce_arena *arena);
/* Frees F with all its parts. Accepts NULL. */
CE_API void ce_filter_free(ce_filter *f);

CE_END_DECLS

#endif
