/* SPDX-License-Identifier: Apache-2.0 */
#include "bindings/kafka/native.h"

#include <cloudevents/loop.h>

static const char kind;

static ce_kafka_native *native_of(const ce_delivery *d)
{
    if (!d->native || d->native->kind != &kind)
        return NULL;
    return CE_OWNER(d->native, ce_kafka_native, native);
}

rd_kafka_resp_err_t ce_kafka_native_headers(const ce_kafka_native *n,
                                            rd_kafka_headers_t **out)
{
    rd_kafka_resp_err_t code;

    *out = n->headers;
    if (n->headers)
        return RD_KAFKA_RESP_ERR_NO_ERROR;
    code = rd_kafka_message_headers(n->record, out);
    if (code)
        *out = NULL;
    return code;
}

void ce_kafka_native_offer(ce_kafka_native *n, ce_delivery *d)
{
    n->native.kind = &kind;
    n->attrs = d->message.attrs;
    n->content_type = d->message.content_type;
    d->native = &n->native;
}

/* Whoever changes attributes makes a new list of them. */
static bool is_as_it_came(const ce_kafka_native *n, const ce_message *m)
{
    return m->mode == CE_MODE_BINARY && m->attrs.at == n->attrs.at &&
           m->attrs.len == n->attrs.len &&
           m->content_type.ptr == n->content_type.ptr &&
           m->content_type.len == n->content_type.len;
}

rd_kafka_headers_t *ce_kafka_native_take(const ce_delivery *d)
{
    ce_kafka_native *n = native_of(d);
    rd_kafka_headers_t *headers;

    if (!n || !is_as_it_came(n, &d->message))
        return NULL;
    headers = n->headers;
    n->headers = NULL;
    if (!headers && rd_kafka_message_detach_headers(n->record, &headers))
        return NULL;
    n->is_lent = true;
    return headers;
}

void ce_kafka_native_give_back(const ce_delivery *d,
                               rd_kafka_headers_t *headers)
{
    ce_kafka_native *n = native_of(d);

    if (n && n->is_lent) {
        n->headers = headers;
        n->is_lent = false;
    } else if (headers) {
        rd_kafka_headers_destroy(headers);
    }
}

void ce_kafka_native_free(ce_kafka_native *n)
{
    if (n->headers)
        rd_kafka_headers_destroy(n->headers);
    n->headers = NULL;
}
