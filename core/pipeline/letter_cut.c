/* SPDX-License-Identifier: Apache-2.0 */
/* What is left of a dead letter that its target does not take whole: who it is
 * about, why, and where the record is. */
#include "core/pipeline/letter.h"

#include "core/base/utf8.h"

enum {
    /* Of each attribute that is kept, and of the key. All of them together
     * stay below what any target takes. */
    TEXT_MAX = 200
};

/* The longest beginning of TEXT that is not too long, without half a character
 * or half of a %XX. */
static ce_slice beginning(ce_slice text)
{
    size_t len = TEXT_MAX;

    if (text.len <= TEXT_MAX)
        return text;
    while (len > 0 && ((unsigned char)text.ptr[len] & 0xC0) == 0x80)
        len--;
    for (size_t back = 1; back <= 2; back++)
        if (len > 2 && text.ptr[len - back] == '%')
            len -= back;
    return (ce_slice){ text.ptr, len };
}

static bool is_kept(ce_slice name)
{
    static const char *const kept[] = { "id", "source", "subject" };

    if (ce_slice_starts(name, CE_SLICE("dlq")))
        return !ce_slice_eq(name, CE_SLICE("dlqheaders"));
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        if (ce_slice_eq(name, ce_slice_of(kept[i])))
            return true;
    return false;
}

static ce_status keep(ce_event *out, const ce_event *letter, ce_error *err)
{
    ce_status status = CE_OK;

    for (unsigned i = 0; i < letter->attrs.len && status == CE_OK; i++) {
        const ce_attr *a = &letter->attrs.at[i];

        if (is_kept(a->name))
            status = ce_event_set_slice(out, a->name, beginning(a->text),
                                        a->type, err);
    }
    return status;
}

static ce_status set(ce_event *e, const char *name, ce_slice text,
                     ce_error *err)
{
    if (!text.ptr)
        return ce_no_memory(err);
    return ce_event_set_slice(e, ce_slice_of(name), text, CE_STRING, err);
}

static ce_status set_number(ce_event *e, const char *name, int64_t number,
                            ce_error *err)
{
    return set(e, name, ce_arena_printf(e->arena, "%lld", (long long)number),
               err);
}

static ce_status set_place(ce_event *e, const ce_origin *o, ce_error *err)
{
    ce_status status = CE_OK;

    /* No topic of Kafka has other characters. */
    if (ce_string_is_valid(o->topic))
        status = set(e, "dlqtopic", beginning(o->topic), err);
    if (status == CE_OK)
        status = set_number(e, "dlqpartition", o->partition, err);
    if (status == CE_OK)
        status = set_number(e, "dlqoffset", o->offset, err);
    return status;
}

ce_status ce_letter_cut(ce_delivery *d, ce_message *out, ce_error *err)
{
    const ce_event *letter = ce_delivery_event(d, err);
    ce_event e = { .arena = d->arena };
    ce_status status;

    if (!letter)
        return err->status;
    status = set(&e, "specversion", CE_SLICE("1.0"), err);
    if (status == CE_OK)
        status = set(&e, "type", CE_SLICE("cebridge.cut"), err);
    if (status == CE_OK)
        status = keep(&e, letter, err);
    if (status == CE_OK)
        status =
            set(&e, "dlqtype", beginning(ce_event_text(letter, "type")), err);
    if (status == CE_OK)
        status = set_number(&e, "dlqsize", (int64_t)letter->data.len, err);
    if (status == CE_OK)
        status = set_place(&e, &d->origin, err);
    if (status == CE_OK)
        status = ce_message_encode(&e, CE_MODE_BINARY, NULL, d->arena, out);
    out->key = d->message.key;
    if (out->key.len > TEXT_MAX)
        out->key.len = TEXT_MAX;
    return status;
}

bool ce_letter_is_cut(const ce_event *letter)
{
    return ce_slice_eq(ce_event_text(letter, "type"),
                       CE_SLICE("cebridge.cut")) &&
           ce_event_get(letter, "dlqoutcome");
}
