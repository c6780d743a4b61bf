/* SPDX-License-Identifier: Apache-2.0 */
/* Nothing is checked here that the check of every event finds; only what
 * cannot be said in a message (a header twice, two content types that differ)
 * is a defect already. */
#include "bindings/kafka/codec.h"

#include <string.h>

#include "core/event/attr.h"
#include "core/transport/quotes.h"
#include "core/transport/tracing.h"

enum {
    PREFIX = 3,
    /* What librdkafka keeps of a header beside its bytes, and its allocator. */
    NODE_BYTES = 96,
    /* How often attributes are listed while an event is on its way. */
    LISTS = 2
};
static const ce_slice prefix = { "ce_", PREFIX };

const ce_kafka_dialect ce_kafka_exact = { .max_attributes = 256 };

/* --- from a record --- */

/* A record's headers, sorted out. */
typedef struct headers {
    ce_attrs attributes; /* from the front of one array */
    ce_attr *foreign;    /* from its end */
    unsigned foreign_len;
    ce_slice content_type, data_content_type;
    bool is_exact; /* "content-type", letter by letter */
    bool has_version;
    bool two_types;    /* "content-type" came twice */
    ce_slice repeated; /* ... and this attribute */
    bool too_many;
    size_t bytes; /* of all names and values */
    const ce_kafka_dialect *dialect;
    ce_arena *arena;
    bool tolerated;
} headers;

static ce_slice slice_of(const void *value, size_t size)
{
    return (ce_slice){ value, size };
}

/* Kafka binding 3.2.1. The exact spelling wins; other spellings are accepted
 * alone: some clients write "Content-Type" as in HTTP. */
static void take_content_type(headers *h, ce_slice name, ce_slice value)
{
    bool is_exact = ce_slice_eq(name, CE_SLICE("content-type"));

    if (h->content_type.ptr && is_exact == h->is_exact)
        h->two_types = true;
    if (!value.ptr || (h->content_type.ptr && !is_exact))
        return;
    h->content_type = value;
    h->is_exact = is_exact;
}

/* Most names differ in their lengths. */
static inline bool is_named(ce_slice s, const char *name, size_t len)
{
    return s.len == len && memcmp(s.ptr, name, len) == 0;
}

/* Kafka binding 3.2.3: every attribute but datacontenttype is a header "ce_"
 * and its name. That one is read too, from clients that write it all the same.
 */
static void take_attribute(headers *h, ce_slice bare, ce_slice value)
{
    /* A null value is an absent attribute. */
    if (!value.ptr)
        return;
    if (is_named(bare, "datacontenttype", strlen("datacontenttype"))) {
        if (h->data_content_type.ptr)
            h->repeated = bare;
        h->data_content_type = value;
        return;
    }
    if (h->attributes.len == h->dialect->max_attributes) {
        h->too_many = true;
        return;
    }
    if (is_named(bare, "specversion", strlen("specversion")))
        h->has_version = true;
    h->attributes.at[h->attributes.len++] =
        (ce_attr){ .name = bare, .text = value };
}

/* The attribute that a header NAME carries, or absent. */
static ce_slice find_bare(headers *h, ce_slice name)
{
    if (name.len < PREFIX || name.ptr[0] != 'c' || name.ptr[1] != 'e')
        return (ce_slice){ NULL, 0 };
    if (name.ptr[2] == '_')
        return (ce_slice){ name.ptr + PREFIX, name.len - PREFIX };
    if (!h->dialect->prefixed || name.ptr[2] != '-')
        return (ce_slice){ NULL, 0 };
    h->tolerated = true;
    return (ce_slice){ name.ptr + PREFIX, name.len - PREFIX };
}

/* Sets *IS_OURS if the header is an attribute, or the content type. */
static ce_status take(headers *h, ce_slice name, ce_slice value, bool *is_ours)
{
    ce_slice bare = find_bare(h, name);
    ce_status status;

    *is_ours = bare.ptr || ce_slice_eq_nocase(name, CE_SLICE("content-type"));
    if (!*is_ours)
        return CE_OK;
    if (h->dialect->quoted &&
        ce_unquote(&value, h->arena, &h->tolerated) != CE_OK)
        return CE_ENOMEM;
    if (!bare.ptr) {
        take_content_type(h, name, value);
        return CE_OK;
    }
    status = ce_names_apply(h->dialect->names, &bare, h->arena, &h->tolerated);
    if (status == CE_OK && bare.ptr)
        take_attribute(h, bare, value);
    return status;
}

/* They were laid down from the end of the array. */
static void restore_order(ce_attr *foreign, unsigned len)
{
    for (unsigned i = 0; i < len / 2; i++) {
        ce_attr first = foreign[i];

        foreign[i] = foreign[len - 1 - i];
        foreign[len - 1 - i] = first;
    }
}

static ce_status sort_out(headers *h, const rd_kafka_headers_t *from)
{
    size_t count = rd_kafka_header_cnt(from), size;
    ce_attr *end;
    const char *key;
    const void *bytes;

    h->attributes.at = ce_arena_alloc(h->arena, (count + 1) * sizeof(ce_attr));
    if (!h->attributes.at)
        return CE_ENOMEM;
    h->attributes.cap = (unsigned)count;
    /* One place stays free between the two, for the key as an attribute. */
    end = h->attributes.at + count + 1;
    for (size_t i = 0; i < count; i++) {
        ce_slice name, value;
        bool is_ours;

        if (rd_kafka_header_get_all(from, i, &key, &bytes, &size))
            break;
        name = slice_of(key, strlen(key));
        value = slice_of(bytes, size);
        h->bytes += name.len + value.len;
        if (take(h, name, value, &is_ours) == CE_ENOMEM)
            return CE_ENOMEM;
        if (!is_ours)
            *--end = (ce_attr){ .name = name, .text = value };
    }
    h->foreign = end;
    h->foreign_len = (unsigned)(h->attributes.at + count + 1 - end);
    restore_order(end, h->foreign_len);
    return h->repeated.ptr ? CE_OK
                           : ce_attrs_find_twice(&h->attributes, &h->repeated);
}

ce_status ce_kafka_all_headers(const rd_kafka_headers_t *from, ce_arena *arena,
                               ce_attrs *out)
{
    size_t count = rd_kafka_header_cnt(from), size;
    ce_attr *all = ce_arena_alloc(arena, (count + 1) * sizeof *all);
    const char *key;
    const void *bytes;
    unsigned len = 0;

    if (!all)
        return CE_ENOMEM;
    while (len < count &&
           !rd_kafka_header_get_all(from, len, &key, &bytes, &size))
        all[len++] = (ce_attr){ .name = ce_slice_of(key),
                                .text = slice_of(bytes, size) };
    *out = (ce_attrs){ all, len, len };
    return CE_OK;
}

/* All that a message of no mode came with: for templates, and for its dead
 * letter behind an inbox. */
static void keep_all(ce_delivery *d, const rd_kafka_headers_t *from)
{
    ce_attrs all;

    if (ce_kafka_all_headers(from, d->arena, &all) == CE_OK)
        d->origin.metadata = all;
}

static void refuse(ce_delivery *d, const rd_kafka_headers_t *from,
                   ce_slice defect)
{
    d->message.mode = CE_MODE_NONE;
    d->defect.reason = defect.ptr ? defect.ptr : "out of memory";
    d->defect.plain = false;
    keep_all(d, from);
}

static ce_slice contradiction(ce_delivery *d, const headers *h)
{
    ce_slice first = h->content_type, second = h->data_content_type;

    if (h->two_types)
        return CE_SLICE("header \"content-type\" comes twice");
    if (h->repeated.ptr)
        return ce_arena_printf(d->arena, "header \"ce_%.*s\" comes twice",
                               CE_ARG(h->repeated));
    return ce_arena_printf(d->arena,
                           "header \"ce_datacontenttype\" \"%.*s\" "
                           "contradicts \"content-type\" \"%.*s\"",
                           CE_ARG(second), CE_ARG(first));
}

static bool is_contradictory(const headers *h)
{
    ce_slice first = h->content_type, second = h->data_content_type;

    if (h->two_types || h->repeated.ptr)
        return true;
    return first.ptr && second.ptr && !ce_slice_eq(first, second);
}

/* Kafka binding 3.2. */
static void read_binary(ce_delivery *d, const headers *h,
                        const rd_kafka_headers_t *from)
{
    d->message.mode = CE_MODE_BINARY;
    d->message.content_type = h->content_type;
    if (!h->content_type.ptr)
        d->message.content_type = h->data_content_type;
    d->message.attrs = h->attributes;
    if (is_contradictory(h))
        refuse(d, from, contradiction(d, h));
}

/* Kafka binding 3.3. Headers "ce_" beside it may repeat attributes (3.3.3);
 * the value has the last word, so they are not read. */
static void read_structured(ce_delivery *d, const headers *h, ce_mode mode)
{
    ce_message *m = &d->message;

    m->mode = mode;
    m->content_type = h->content_type;
    if (mode == CE_MODE_BATCH)
        m->format = ce_format_find_batch(m->content_type);
    else
        m->format = ce_format_find(m->content_type);
}

static void read_plain(ce_delivery *d)
{
    d->defect.plain = true;
    d->defect.reason =
        "neither a cloudevents content type nor \"ce_specversion\"";
}

/* COUNT headers may have left fewer traces: absent values, unread names. */
static ce_kafka_notes take_notes(const ce_delivery *d, const headers *h,
                                 size_t count)
{
    size_t ours = h->attributes.len + (h->content_type.ptr ? 1 : 0);

    return (ce_kafka_notes){
        .tolerated = h->tolerated,
        .is_exact = d->message.mode == CE_MODE_BINARY && !h->tolerated &&
                    ours == count && (h->is_exact || !h->content_type.ptr),
        .bytes = h->bytes + count * (NODE_BYTES + LISTS * sizeof(ce_attr)),
    };
}

/* Kafka binding 3: a content type that begins with "application/cloudevents"
 * is structured mode, anything else is binary. */
ce_status ce_kafka_decode(ce_delivery *d, const rd_kafka_headers_t *from,
                          const ce_kafka_dialect *dialect,
                          ce_kafka_notes *notes)
{
    headers h = { .dialect = dialect, .arena = d->arena };
    ce_mode mode;

    if (notes)
        *notes = (ce_kafka_notes){ .tolerated = false };
    if (!from) {
        read_plain(d);
        return CE_OK;
    }
    if (sort_out(&h, from) != CE_OK)
        return CE_ENOMEM;
    d->origin.metadata = (ce_attrs){ h.foreign, h.foreign_len, h.foreign_len };
    mode = ce_mode_of(h.content_type);
    if (h.too_many) {
        d->message.content_type = h.content_type;
        refuse(d, from,
               ce_arena_printf(d->arena,
                               "more headers \"ce_\" than max_attributes (%u)",
                               dialect->max_attributes));
    } else if (mode != CE_MODE_BINARY) {
        read_structured(d, &h, mode);
    } else if (h.has_version) {
        read_binary(d, &h, from);
    } else {
        read_plain(d);
        d->message.content_type = h.content_type;
        keep_all(d, from);
    }
    if (notes)
        *notes = take_notes(d, &h, rd_kafka_header_cnt(from));
    return CE_OK;
}

bool ce_kafka_assume(ce_delivery *d)
{
    ce_message *m = &d->message;
    const ce_attrs *all = &d->origin.metadata;

    if (!d->defect.plain || m->content_type.ptr)
        return false;
    for (unsigned i = 0; i < all->len; i++)
        if (ce_slice_starts(all->at[i].name, prefix))
            return false;
    d->defect.plain = false;
    d->defect.reason = NULL;
    m->mode = CE_MODE_STRUCTURED;
    m->format = &ce_format_json;
    m->content_type = ce_slice_of(ce_format_json.media_type);
    return true;
}

ce_slice ce_kafka_header(const rd_kafka_message_t *m, const char *name)
{
    rd_kafka_headers_t *all;
    const void *value;
    size_t size;

    if (rd_kafka_message_headers(m, &all) ||
        rd_kafka_header_get_last(all, name, &value, &size))
        return slice_of(NULL, 0);
    return slice_of(value, size);
}

/* --- keys --- */

/* The event is inside its value: it is written anew. */
static ce_status key_to_structured(ce_delivery *d, ce_slice name)
{
    const ce_event *read = ce_delivery_event(d, NULL);
    ce_event e;
    ce_message m;

    if (!read || ce_attrs_find(&read->attrs, name))
        return CE_OK;
    e = *read;
    e.attrs = (ce_attrs){ NULL, 0, 0 };
    for (unsigned i = 0; i < read->attrs.len; i++)
        if (ce_attrs_add(&e.attrs, d->arena, read->attrs.at[i]) != CE_OK)
            return CE_ENOMEM;
    if (ce_attrs_add(&e.attrs, d->arena,
                     (ce_attr){ .name = name, .text = d->message.key }) !=
            CE_OK ||
        ce_message_encode(&e, CE_MODE_STRUCTURED, d->message.format, d->arena,
                          &m) != CE_OK)
        return CE_ENOMEM;
    m.key = d->message.key;
    ce_delivery_set_message(d, &m);
    return CE_OK;
}

ce_status ce_kafka_key_to_attribute(ce_delivery *d, ce_slice name)
{
    ce_attrs *attrs = &d->message.attrs;

    /* What is no String stays a key. */
    if (!name.ptr || !d->message.key.len || !ce_string_is_valid(d->message.key))
        return CE_OK;
    if (d->message.mode == CE_MODE_STRUCTURED)
        return key_to_structured(d, name);
    /* The decoder has left a place free. */
    if (d->message.mode == CE_MODE_BINARY && !ce_attrs_find(attrs, name))
        attrs->at[attrs->len++] =
            (ce_attr){ .name = name, .text = d->message.key };
    return CE_OK;
}

/* --- to a record --- */

static rd_kafka_resp_err_t add(rd_kafka_headers_t *to, const char *name,
                               size_t len, ce_slice value)
{
    return rd_kafka_header_add(to, name, (ssize_t)len, value.ptr,
                               (ssize_t)value.len);
}

static ce_status add_attribute(rd_kafka_headers_t *to, const ce_attr *a,
                               ce_buf *scratch)
{
    size_t len = PREFIX + a->name.len;

    ce_buf_clear(scratch);
    if (ce_buf_reserve(scratch, len) != CE_OK)
        return CE_ENOMEM;
    memcpy(scratch->ptr, prefix.ptr, PREFIX);
    memcpy(scratch->ptr + PREFIX, a->name.ptr, a->name.len);
    return add(to, scratch->ptr, len, a->text) ? CE_ENOMEM : CE_OK;
}

static ce_status add_headers(rd_kafka_headers_t *to, const ce_message *m,
                             unsigned count, ce_buf *scratch)
{
    for (unsigned i = 0; i < count; i++)
        if (add_attribute(to, &m->attrs.at[i], scratch) != CE_OK)
            return CE_ENOMEM;
    if (m->content_type.ptr &&
        add(to, "content-type", strlen("content-type"), m->content_type))
        return CE_ENOMEM;
    return CE_OK;
}

/* Kafka binding 3.2.3.2: values are the canonical texts, as they are. */
ce_status ce_kafka_encode(const ce_message *m, ce_buf *scratch,
                          rd_kafka_headers_t **out)
{
    /* In structured mode they are in the value. */
    unsigned count = m->mode == CE_MODE_BINARY ? m->attrs.len : 0;
    rd_kafka_headers_t *to;

    *out = NULL;
    if (!count && !m->content_type.ptr)
        return CE_OK;
    to = rd_kafka_headers_new(count + 1);
    if (add_headers(to, m, count, scratch) != CE_OK) {
        rd_kafka_headers_destroy(to);
        return CE_ENOMEM;
    }
    *out = to;
    return CE_OK;
}

ce_status ce_kafka_add_trace(ce_delivery *d, rd_kafka_headers_t **to)
{
    ce_attr fields[CE_TRACE_FIELDS];
    unsigned n = ce_trace_fields(d, fields);

    if (n && !*to)
        *to = rd_kafka_headers_new(n);
    for (unsigned i = 0; i < n; i++)
        if (add(*to, fields[i].name.ptr, fields[i].name.len, fields[i].text))
            return CE_ENOMEM;
    return CE_OK;
}
