/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of the log about single records: so many a second. A topic of nothing
 * but garbage must not fill the log. */
#ifndef CE_BINDINGS_KAFKA_WARNINGS_H
#define CE_BINDINGS_KAFKA_WARNINGS_H

#include <cloudevents/loop.h>

typedef struct ce_kafka_warnings {
    uint64_t since_ms;
    unsigned shown, hidden;
} ce_kafka_warnings;

/* Whether one more line may be shown in this second. LABEL and WHAT make the
 * line that says how many were not: "7 more records were skipped". */
bool ce_kafka_may_warn(ce_kafka_warnings *w, ce_loop *loop, const char *label,
                       const char *what);

#endif
