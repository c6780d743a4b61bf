/* SPDX-License-Identifier: Apache-2.0 */
#include "bindings/kafka/held.h"

#include <string.h>

#include <cloudevents/alloc.h>

/* A slice that is there stays there: empty is not absent. */
static ce_slice put(char **at, ce_slice s)
{
    ce_slice copy = { *at, s.len };

    if (!s.ptr)
        return s;
    if (s.len)
        memcpy(*at, s.ptr, s.len);
    *at += s.len;
    return copy;
}

ce_kafka_held *ce_kafka_hold(const ce_kafka_record *r, bool copies)
{
    size_t topic = r->topic ? strlen(r->topic) + 1 : 0;
    size_t body = copies ? r->body.len : 0;
    /* One byte more: what is empty has an address too. */
    ce_kafka_held *h = ce_alloc(sizeof *h + topic + r->key.len + body + 1);
    char *at;

    if (!h)
        return NULL;
    at = h->bytes;
    h->r = *r;
    h->alone = false;
    h->r.topic = put(&at, (ce_slice){ r->topic, topic }).ptr;
    h->r.key = put(&at, r->key);
    if (copies)
        h->r.body = put(&at, r->body);
    return h;
}

void ce_kafka_held_free(ce_kafka_held *h)
{
    if (!h)
        return;
    if (h->r.headers)
        rd_kafka_headers_destroy(h->r.headers);
    ce_free(h);
}
