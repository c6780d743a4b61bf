/* SPDX-License-Identifier: Apache-2.0 */
#include "bindings/kafka/warnings.h"

#include <cloudevents/log.h>

enum { A_SECOND = 10 };

bool ce_kafka_may_warn(ce_kafka_warnings *w, ce_loop *loop, const char *label,
                       const char *what)
{
    uint64_t now = ce_loop_now_ms(loop);

    if (now - w->since_ms >= 1000) {
        if (w->hidden)
            ce_log_with(
                CE_WARN,
                &(ce_log_fields){ .endpoint = label, .repeated = w->hidden },
                "%u more %s", w->hidden, what);
        *w = (ce_kafka_warnings){ .since_ms = now };
    }
    if (w->shown >= A_SECOND) {
        w->hidden++;
        return false;
    }
    w->shown++;
    return true;
}
