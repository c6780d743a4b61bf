/* SPDX-License-Identifier: Apache-2.0 */
/* Headers of a Kafka record, and its value. The first byte says what the
 * source allows. What is an event can be written, and is read as the same one
 * by a source that allows nothing. */
#include "bindings/kafka/codec.h"
#include "tests/fuzz/pairs.h"

static rd_kafka_headers_t *read_headers(ce_slice *text)
{
    rd_kafka_headers_t *all = rd_kafka_headers_new(8);
    ce_slice name, value;

    while (next_pair(text, &name, &value))
        check(!rd_kafka_header_add(all, name.ptr, (ssize_t)name.len, value.ptr,
                                   (ssize_t)value.len));
    return all;
}

static void check_again(const ce_message *m, const ce_event *e, ce_arena *arena)
{
    static const ce_kafka_dialect exact = { .max_attributes = 65535 };
    ce_delivery d = { .arena = arena };
    ce_buf scratch = { NULL, 0, 0 };
    rd_kafka_headers_t *headers;
    ce_event same;

    check(ce_kafka_encode(m, &scratch, &headers) == CE_OK);
    d.message.body = m->body;
    check(ce_kafka_decode(&d, headers, &exact, NULL) == CE_OK);
    check(!d.defect.reason);
    check(ce_message_decode(&d.message, arena, &same, NULL) == CE_OK);
    check(ce_event_equal(e, &same));
    if (headers)
        rd_kafka_headers_destroy(headers);
    ce_buf_free(&scratch);
}

static bool has_header(const rd_kafka_headers_t *all, const char *name,
                       const void *value, size_t size)
{
    const char *another;
    const void *same;
    size_t len;

    for (size_t i = 0; !rd_kafka_header_get_all(all, i, &another, &same, &len);
         i++)
        if (!strcmp(name, another) && size == len && !memcmp(value, same, size))
            return true;
    return false;
}

/* Headers that are passed on as they came are those that would be written, as
 * far as librdkafka shows them: to it a name ends with a NUL. */
static void check_exact(const ce_message *m, const rd_kafka_headers_t *came)
{
    ce_buf scratch = { NULL, 0, 0 };
    rd_kafka_headers_t *made;
    const char *name;
    const void *value;
    size_t size;

    check(ce_kafka_encode(m, &scratch, &made) == CE_OK);
    check(rd_kafka_header_cnt(made) == rd_kafka_header_cnt(came));
    for (size_t i = 0; i < rd_kafka_header_cnt(made); i++) {
        check(!rd_kafka_header_get_all(made, i, &name, &value, &size));
        check(has_header(came, name, value, size));
    }
    rd_kafka_headers_destroy(made);
    ce_buf_free(&scratch);
}

static void read_record(ce_delivery *d, const rd_kafka_headers_t *headers,
                        uint8_t flags)
{
    const ce_kafka_dialect dialect = { .max_attributes = flags & 1 ? 65535 : 8,
                                       .prefixed = flags & 2,
                                       .quoted = flags & 4,
                                       .names = (ce_names)((flags >> 3) % 3) };
    ce_kafka_notes notes;

    check(ce_kafka_decode(d, headers, &dialect, &notes) == CE_OK);
    check(!d->defect.reason == (d->message.mode != CE_MODE_NONE));
    check(!notes.tolerated || flags >> 1);
    if (notes.is_exact)
        check_exact(&d->message, headers);
    if (flags & 64)
        ce_kafka_assume(d);
    if (flags & 128)
        check(ce_kafka_key_to_attribute(d, CE_SLICE("key")) == CE_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    ce_slice text = { (const char *)bytes + 1, size - 1 };
    ce_delivery d = { .message = { .key = CE_SLICE("k") } };
    rd_kafka_headers_t *headers;
    ce_event e;

    if (!size)
        return 0;
    d.arena = ce_arena_new();
    check(d.arena != NULL);
    headers = read_headers(&text);
    d.message.body = text;
    read_record(&d, headers, *bytes);
    if ((d.message.mode == CE_MODE_BINARY ||
         d.message.mode == CE_MODE_STRUCTURED) &&
        ce_message_decode(&d.message, d.arena, &e, NULL) == CE_OK)
        check_again(&d.message, &e, d.arena);
    rd_kafka_headers_destroy(headers);
    ce_arena_free(d.arena);
    return 0;
}
