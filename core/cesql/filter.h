/* SPDX-License-Identifier: Apache-2.0 */
/* What only the bridge asks of filters. */
#ifndef CE_CORE_CESQL_FILTER_H
#define CE_CORE_CESQL_FILTER_H

#include <cloudevents/cesql.h>

struct ce_filter {
    ce_filter_kind kind;
    ce_slice name, value; /* of a leaf; one block, at NAME */
    char *text;
    ce_sql *sql;
    ce_filter **parts;
    unsigned len, depth;
};

/* Sets *PASSES as ce_filter_match returns it. Fails with CE_ENOMEM: then do not
 * drop the event, since it was not decided. */
ce_status ce_filter_decide(const ce_filter *f, const ce_event *e,
                           ce_arena *arena, bool *passes) CE_MUST_USE;
/* Call when E does not pass: says in OUT why, by the first part that it is up
 * to. CE_ENOMEM is the only failure. */
ce_status ce_filter_explain(const ce_filter *f, const ce_event *e,
                            ce_arena *arena, ce_buf *out) CE_MUST_USE;

/* Fails with CE_ESYNTAX when F, of CE_FILTER_SQL, calls a function that there
 * is not, or with arguments that it does not take: such a call fails for every
 * event. ERR says "column N: " and what is wrong. */
ce_status ce_filter_check_calls(const ce_filter *f, ce_error *err) CE_MUST_USE;

#endif
