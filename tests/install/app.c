/* SPDX-License-Identifier: Apache-2.0 */
/* A first program: makes an event, prints it as JSON, and names the transports
 * of this library. Compiles as C11 and as C++17. */
#include <cloudevents/cloudevents.h>

#include <stdio.h>

static int print(const ce_event *e)
{
    ce_buf out = { NULL, 0, 0 };

    if (ce_format_json.encode(e, &out) != CE_OK)
        return 1;
    printf("%.*s\n", CE_ARG(ce_buf_slice(&out)));
    ce_buf_free(&out);
    return 0;
}

int main(void)
{
    ce_error err;
    ce_event *e = ce_event_new();
    int failed = !e || ce_event_set(e, "id", "1", &err) != CE_OK ||
                 ce_event_set(e, "type", "com.example.hello", &err) != CE_OK ||
                 ce_event_set(e, "source", "/app", &err) != CE_OK ||
                 ce_event_check(e, &err) != CE_OK || print(e);

    ce_event_free(e);
    for (unsigned i = 0; ce_transport_at(i); i++)
        printf("%s\n", ce_transport_at(i)->name);
    return failed;
}
