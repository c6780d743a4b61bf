/* SPDX-License-Identifier: Apache-2.0 */
/* A message as one record of bytes.
 *
 * Lengths and numbers are little-endian; an absent slice has the length
 * ABSENT. A record of an unknown version is left alone by this program. */
#include "core/inbox/store.h"

#include <endian.h>
#include <string.h>
#include <time.h>

/* Version 1 ends before the time and the retain flag, version 2 before the
 * time of writing and the sum. */
enum { VERSION = 3, SUMMED = 3, TIME_BYTES = 8, SUM_BYTES = 8 };
static const uint32_t ABSENT = UINT32_MAX;

static inline uint64_t mix(uint64_t sum, uint64_t value)
{
    sum = (sum ^ value) * 0x9e3779b97f4a7c15u;
    return sum ^ sum >> 32;
}

static inline uint64_t word_at(const char *bytes)
{
    uint64_t word;

    memcpy(&word, bytes, sizeof word);
    return word;
}

/* Notices what a disk has changed; eight bytes at a time and four times in a
 * turn, for each record is summed twice. */
static uint64_t sum_of(const char *bytes, size_t len)
{
    enum { WORD = sizeof(uint64_t), TURN = 4 * WORD };
    uint64_t sum = len;

    for (; len >= TURN; len -= TURN, bytes += TURN) {
        sum = mix(sum, word_at(bytes));
        sum = mix(sum, word_at(bytes + WORD));
        sum = mix(sum, word_at(bytes + 2 * WORD));
        sum = mix(sum, word_at(bytes + 3 * WORD));
    }
    for (; len >= WORD; len -= WORD, bytes += WORD)
        sum = mix(sum, word_at(bytes));
    for (; len; len--, bytes++)
        sum = (sum ^ (unsigned char)*bytes) * 0x9e3779b97f4a7c15u;
    return sum ^ sum >> 32;
}

/* --- writing --- */

/* What is written without a length of its own: the version, the mode, the
 * partition, the offset, two counts of attributes, the time and the retain
 * flag of the origin, the time of writing, the sum. */
enum { FIXED_BYTES = 1 + 1 + 4 + 8 + 4 + 4 + 8 + 1 + TIME_BYTES + SUM_BYTES };
enum { TEXTS = 6 };

typedef struct fields {
    const ce_message *message;
    const ce_origin *origin;
    ce_slice texts[TEXTS];
} fields;

static fields fields_of(const ce_message *m, const ce_origin *o,
                        const char *defect)
{
    return (fields){ m,
                     o,
                     { ce_slice_of(m->format ? m->format->name : NULL),
                       m->content_type, m->body, m->key, ce_slice_of(defect),
                       o->topic } };
}

/* Counts what S takes, and notes when it is too long. */
static size_t room_of(ce_slice s, bool *is_too_long)
{
    *is_too_long = *is_too_long || (s.ptr && s.len >= ABSENT);
    return 4 + (s.ptr ? s.len : 0);
}

static size_t room_of_attrs(const ce_attrs *attrs, bool *is_too_long)
{
    size_t room = attrs->len;

    for (unsigned i = 0; i < attrs->len; i++)
        room += room_of(attrs->at[i].name, is_too_long) +
                room_of(attrs->at[i].text, is_too_long);
    return room;
}

static size_t room_of_fields(const fields *f, bool *is_too_long)
{
    size_t room = FIXED_BYTES;

    for (unsigned i = 0; i < TEXTS; i++)
        room += room_of(f->texts[i], is_too_long);
    return room + room_of_attrs(&f->message->attrs, is_too_long) +
           room_of_attrs(&f->origin->metadata, is_too_long);
}

static char *put_number(char *at, uint64_t value, unsigned bytes)
{
    value = htole64(value);
    memcpy(at, &value, bytes);
    return at + bytes;
}

static char *put_slice(char *at, ce_slice s)
{
    if (!s.ptr)
        return put_number(at, ABSENT, 4);
    at = put_number(at, s.len, 4);
    memcpy(at, s.ptr, s.len);
    return at + s.len;
}

static char *put_attrs(char *at, const ce_attrs *attrs)
{
    at = put_number(at, attrs->len, 4);
    for (unsigned i = 0; i < attrs->len; i++) {
        const ce_attr *a = &attrs->at[i];

        at = put_number(at, a->type, 1);
        at = put_slice(put_slice(at, a->name), a->text);
    }
    return at;
}

static char *put_fields(char *at, const fields *f)
{
    const ce_origin *o = f->origin;

    at = put_number(at, VERSION, 1);
    at = put_number(at, f->message->mode, 1);
    for (unsigned i = 0; i < TEXTS; i++)
        at = put_slice(at, f->texts[i]);
    at = put_number(at, (uint32_t)o->partition, 4);
    at = put_number(at, (uint64_t)o->offset, 8);
    at = put_attrs(at, &f->message->attrs);
    at = put_attrs(at, &o->metadata);
    at = put_number(at, (uint64_t)o->timestamp_ms, 8);
    return put_number(at, o->retain, 1);
}

static uint64_t wall_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

ce_status ce_record_write(const ce_message *m, const ce_origin *o,
                          const char *defect, ce_buf *out)
{
    const fields f = fields_of(m, o, defect);
    bool is_too_long = false;
    size_t room = room_of_fields(&f, &is_too_long);
    char *begin, *at;

    if (is_too_long)
        return CE_EINVAL;
    if (ce_buf_reserve(out, room) != CE_OK)
        return CE_ENOMEM;
    begin = out->ptr + out->len;
    at = put_number(put_fields(begin, &f), wall_ms(), TIME_BYTES);
    put_number(at, sum_of(begin, (size_t)(at - begin)), SUM_BYTES);
    out->len += room;
    return CE_OK;
}

/* --- reading --- */

/* A type and two lengths. */
enum { LEAST_ATTR = 1 + 4 + 4 };

typedef struct reader {
    ce_slice rest;
    bool failed;
} reader;

/* Within the rest. */
static inline void skip(reader *r, size_t bytes)
{
    r->rest.ptr += bytes;
    r->rest.len -= bytes;
}

static inline uint64_t get_number(reader *r, unsigned bytes)
{
    uint64_t value = 0;

    if (r->failed || r->rest.len < bytes) {
        r->failed = true;
        return 0;
    }
    memcpy(&value, r->rest.ptr, bytes);
    skip(r, bytes);
    return le64toh(value);
}

static ce_slice get_slice(reader *r)
{
    uint64_t len = get_number(r, 4);
    ce_slice s = { r->rest.ptr, len };

    if (r->failed || len == ABSENT)
        return (ce_slice){ NULL, 0 };
    if (r->rest.len < len) {
        r->failed = true;
        return (ce_slice){ NULL, 0 };
    }
    skip(r, len);
    return s;
}

static bool get_attr(reader *r, ce_attr *out)
{
    *out = (ce_attr){ .type = (ce_type)get_number(r, 1) };
    out->name = get_slice(r);
    out->text = get_slice(r);
    return !r->failed;
}

/* All of them at once: what a growing array leaves behind would make an event
 * in flight twice as large. */
static ce_status get_attrs(reader *r, ce_arena *arena, ce_attrs *attrs)
{
    uint64_t count = get_number(r, 4);

    if (count > r->rest.len / LEAST_ATTR)
        r->failed = true;
    if (r->failed || count == 0)
        return r->failed ? CE_ESYNTAX : CE_OK;
    attrs->at = ce_arena_alloc(arena, count * sizeof *attrs->at);
    if (!attrs->at)
        return CE_ENOMEM;
    attrs->cap = (unsigned)count;
    while (attrs->len < count && get_attr(r, &attrs->at[attrs->len]))
        attrs->len++;
    return r->failed ? CE_ESYNTAX : CE_OK;
}

static ce_status get_defect(reader *r, ce_delivery *d)
{
    ce_slice defect = get_slice(r);

    d->defect.reason = NULL;
    if (defect.ptr) {
        if (ce_arena_copy(d->arena, defect, &defect) != CE_OK)
            return CE_ENOMEM;
        d->defect.reason = defect.ptr;
    }
    d->defect.plain = d->message.mode == CE_MODE_NONE && !d->defect.reason;
    return CE_OK;
}

static ce_status get_extras(reader *r, ce_origin *o)
{
    o->timestamp_ms = (int64_t)get_number(r, 8);
    o->retain = (ce_retain)get_number(r, 1);
    return r->failed ? CE_ESYNTAX : CE_OK;
}

static ce_status get_fields(ce_slice record, ce_delivery *d)
{
    reader r = { record, false };
    ce_message *m = &d->message;
    ce_origin *o = &d->origin;
    uint64_t version;
    ce_slice format;
    ce_status status;

    version = get_number(&r, 1);
    *m = (ce_message){ .mode = (ce_mode)get_number(&r, 1) };
    *o = (ce_origin){ .partition = -1 };
    format = get_slice(&r);
    m->format = format.ptr ? ce_format_named(format) : NULL;
    m->content_type = get_slice(&r);
    m->body = get_slice(&r);
    m->key = get_slice(&r);
    if (get_defect(&r, d) != CE_OK)
        return CE_ENOMEM;
    o->topic = get_slice(&r);
    o->partition = (int32_t)get_number(&r, 4);
    o->offset = (int64_t)get_number(&r, 8);
    status = get_attrs(&r, d->arena, &m->attrs);
    if (status != CE_OK)
        return status;
    status = get_attrs(&r, d->arena, &o->metadata);
    return status == CE_OK && version > 1 ? get_extras(&r, o) : status;
}

bool ce_record_is_intact(ce_slice record)
{
    size_t len = record.len < SUM_BYTES ? 0 : record.len - SUM_BYTES;
    reader sum = { ce_slice_skip(record, len), false };
    uint64_t written = get_number(&sum, SUM_BYTES);

    return !sum.failed && written == sum_of(record.ptr, len);
}

ce_status ce_record_read(ce_slice record, ce_delivery *d)
{
    unsigned version = record.len ? (unsigned char)record.ptr[0] : 0;

    if (version < 1 || version > VERSION)
        return CE_ENOTSUP;
    if (version >= SUMMED && !ce_record_is_intact(record))
        return CE_ESYNTAX;
    return get_fields(record, d);
}

/* When it was written, and its sum. Records of former versions say neither: for
 * ever 0, and a sum that is made now. */
static uint64_t read_tail(ce_slice record, uint64_t *sum)
{
    const size_t tail = TIME_BYTES + SUM_BYTES;
    uint64_t written;
    reader r;

    if (record.len <= tail || record.ptr[0] < SUMMED) {
        *sum = sum_of(record.ptr, record.len);
        return 0;
    }
    r = (reader){ ce_slice_skip(record, record.len - tail), false };
    written = get_number(&r, TIME_BYTES);
    *sum = get_number(&r, SUM_BYTES);
    return written;
}

void ce_record_name(ce_slice record, uint64_t seed, uint64_t number,
                    uint64_t out[2])
{
    uint64_t sum;

    out[0] = read_tail(record, &sum) << 16;
    out[1] = mix(mix(sum, seed), number);
    out[0] |= mix(out[1], sum) & 0xFFFF;
}

uint64_t ce_record_age_ms(ce_slice record)
{
    uint64_t now = wall_ms(), sum, then = read_tail(record, &sum);

    return then && now > then ? now - then : 0;
}

/* --- into the store --- */

ce_status ce_inbox_put(ce_inbox *i, const ce_message *m, const ce_origin *o,
                       const char *defect, ce_error *err)
{
    ce_buf record = { NULL, 0, 0 };
    ce_slice bytes;
    ce_status status = ce_record_write(m, o, defect, &record);

    if (status != CE_OK) {
        ce_buf_free(&record);
        return ce_fail(err, status, "inbox %s: out of memory", ce_inbox_dir(i));
    }
    bytes = ce_buf_slice(&record);
    status = ce_inbox_add(i, bytes, err);
    ce_buf_free(&record);
    return status;
}
