/* SPDX-License-Identifier: Apache-2.0 */
/* What tests/gdb/run looks at. It is not run: GDB reads it from the file. */
#include <cloudevents/delivery.h>

#include "bridge/run/route.h"

static ce_attr attributes[] = {
    { CE_SLICE("id"), CE_SLICE("1"), CE_STRING },
    { CE_SLICE("type"), CE_SLICE("com.example.t"), CE_STRING },
};
static const ce_format json = { .name = "json" };

ce_slice absent, empty = CE_SLICE(""), text = CE_SLICE("a\nb\xff");
ce_buf buffer = { (char[]){ 'x', 'y', 'z' }, 2, 3 };
ce_event event = {
    { attributes, 2, 2 }, CE_SLICE("{}"), CE_DATA_JSON, 0, 0, 0, 0
};
ce_message message = { .mode = CE_MODE_STRUCTURED,
                       .format = &json,
                       .content_type = CE_SLICE("application/cloudevents+json"),
                       .body = CE_SLICE("{\"id\":1}") };
ce_delivery delivery = { .message = { .mode = CE_MODE_BINARY },
                         .origin = { .topic = CE_SLICE("orders") },
                         .event = &event,
                         .number = 7,
                         .stage = "retry",
                         .interactive = true };
ce_result result = { .verdict = CE_NACK, .code = 422, .reason = "not today" };
ce_result confirmed = { .fate = CE_FILTERED };

static br_route_plan plan = { .sinks = 1 };
static br_outlet sinks[] = { { .name = "orders-sink-1" } };
br_route route = { .plan = &plan, .name = "orders", .sinks = sinks };

int main(void)
{
    return 0;
}
