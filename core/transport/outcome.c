/* SPDX-License-Identifier: Apache-2.0 */
/* Four fields; none of their names can be that of an attribute. */
#include "core/transport/outcome.h"

#include <stdlib.h>

#define OUTCOME CE_SLICE("cloudevents_outcome")
#define CODE CE_SLICE("cloudevents_code")
#define REASON CE_SLICE("cloudevents_reason")
#define RETRY_AFTER CE_SLICE("cloudevents_retry_after_ms")

static ce_slice name_of(ce_verdict verdict)
{
    switch (verdict) {
    case CE_NACK:
        return CE_SLICE("nack");
    case CE_UNDELIVERED:
        return CE_SLICE("undelivered");
    case CE_ACK:
        break;
    }
    return CE_SLICE("ack");
}

static ce_status add(ce_attrs *out, ce_arena *arena, ce_slice name,
                     ce_slice text)
{
    if (!text.ptr)
        return CE_ENOMEM;
    return ce_attrs_add(out, arena, (ce_attr){ .name = name, .text = text });
}

/* A message that is no event has no code of a sink's: it gets an HTTP
 * status. */
static int code_of(const ce_result *r)
{
    return r->malformed && !r->code ? 400 : r->code;
}

ce_status ce_outcome_write(const ce_result *r, ce_arena *arena, ce_attrs *out)
{
    ce_status status = add(out, arena, OUTCOME, name_of(r->verdict));

    if (status == CE_OK && code_of(r))
        status =
            add(out, arena, CODE, ce_arena_printf(arena, "%d", code_of(r)));
    if (status == CE_OK && r->reason[0])
        status = add(out, arena, REASON, ce_slice_of(r->reason));
    if (status == CE_OK && r->retry_after_ms)
        status = add(out, arena, RETRY_AFTER,
                     ce_arena_printf(arena, "%u", (unsigned)r->retry_after_ms));
    return status;
}

/* A NUL-terminated text, or NULL. */
static const char *text_of(const ce_attrs *fields, ce_slice name,
                           ce_arena *arena)
{
    const ce_attr *a = ce_attrs_find(fields, name);
    ce_slice text;

    if (!a || ce_arena_copy(arena, a->text, &text) != CE_OK)
        return NULL;
    return text.ptr;
}

static ce_result read_verdict(ce_slice text, const char *why)
{
    static const ce_verdict verdicts[] = { CE_ACK, CE_NACK, CE_UNDELIVERED };

    for (unsigned i = 0; i < 3; i++)
        if (ce_slice_eq(text, name_of(verdicts[i])))
            return ce_result_make(verdicts[i], "%s", why ? why : "");
    return ce_result_make(CE_NACK, "unknown outcome \"%.*s\" in a reply",
                          CE_ARG(text));
}

bool ce_outcome_read(const ce_attrs *fields, ce_arena *arena, ce_result *out)
{
    const ce_attr *a = ce_attrs_find(fields, OUTCOME);
    const char *number, *after;

    if (!a)
        return false;
    number = text_of(fields, CODE, arena);
    after = text_of(fields, RETRY_AFTER, arena);
    *out = read_verdict(a->text, text_of(fields, REASON, arena));
    out->code = number ? (int)strtol(number, NULL, 10) : 0;
    out->retry_after_ms = after ? (uint32_t)strtoul(after, NULL, 10) : 0;
    return true;
}

ce_result ce_outcome_of_reply(const ce_delivery *reply)
{
    const ce_message *m = &reply->message;
    ce_result r = ce_result_ack();

    if (!ce_outcome_read(&reply->origin.metadata, reply->arena, &r) &&
        m->mode == CE_MODE_NONE && m->body.len > 0) {
        const char *why = reply->defect.reason;

        if (!why)
            why = "it does not say that it is one";
        return ce_result_make(CE_NACK, "the reply is no event: %s", why);
    }
    if (m->mode != CE_MODE_NONE)
        r.reply = m;
    return r;
}
