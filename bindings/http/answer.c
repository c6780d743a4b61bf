/* SPDX-License-Identifier: Apache-2.0 */
/* Results as statuses, headers and bodies. */
#include "bindings/http/answer.h"

#include <stdio.h>
#include <string.h>

#include "bindings/http/http.h"

/* Where the sink does not say when to come again. */
enum { RETRY_AFTER_S = 1 };

/* --- problems --- */

static void answer_problem(ce_http_request *r, ce_arena *arena, unsigned status,
                           const char *detail, const ce_http_field *fields)
{
    ce_http_reply(r, &(ce_http_answer){
                         .status = status,
                         .content_type = "application/problem+json",
                         .body = ce_http_problem(arena, status, detail),
                         .fields = fields,
                     });
}

void ce_http_answer_problem(ce_http_request *r, unsigned status,
                            const char *detail, const char *field,
                            const char *value)
{
    const ce_http_field fields[] = { { field, value }, { NULL, NULL } };
    ce_arena *arena = ce_arena_new();

    if (arena)
        answer_problem(r, arena, status, detail, fields);
    else
        ce_http_reply(r, &(ce_http_answer){ .status = status });
    ce_arena_free(arena);
}

/* --- results --- */

/* UNDELIVERED is never the sink's own code: its 401 or 429 concerns us, not the
 * client. The exception is a reply that cannot be used (502). A NACK is passed
 * on where it is an HTTP status of that kind; a Kafka or MQTT code is not. */
static unsigned status_of(const ce_result *r)
{
    bool is_client_error = r->code >= 400 && r->code <= 499;

    if (r->verdict == CE_UNDELIVERED)
        return r->exhausted && r->code == 502 ? 502 : 503;
    if (is_client_error)
        return (unsigned)r->code;
    return r->malformed ? 400 : 422;
}

typedef struct field_list {
    ce_http_field *at;
    const char *content_type;
    unsigned len;
} field_list;

static ce_status add_field(void *arg, const char *name, const char *value)
{
    field_list *l = arg;

    if (!strcmp(name, "Content-Type"))
        l->content_type = value;
    else
        l->at[l->len++] = (ce_http_field){ name, value };
    return CE_OK;
}

/* A value that is empty is no header for libmicrohttpd, and a part of the
 * event: such an event goes in structured mode. */
static ce_status make_writable(const ce_message *m, ce_arena *arena,
                               ce_message *tmp, const ce_message **out)
{
    ce_mode mode = CE_MODE_NONE;

    for (unsigned i = 0; m->mode == CE_MODE_BINARY && i < m->attrs.len; i++)
        if (!m->attrs.at[i].text.len)
            mode = CE_MODE_STRUCTURED;
    return ce_message_as(m, mode, NULL, arena, tmp, out, NULL);
}

/* The reply under the status that its requester got. FIELD is one more header,
 * if it has a value. */
static ce_status answer_event(ce_http_request *r, ce_arena *arena,
                              const ce_result *result, ce_http_field field)
{
    const ce_message *m;
    ce_message tmp;
    bool is_ack = result->verdict == CE_ACK;
    field_list l = { .at = NULL };
    ce_status status = make_writable(result->reply, arena, &tmp, &m);

    if (status != CE_OK)
        return status;
    l.at = ce_arena_alloc(arena, (m->attrs.len + 2) * sizeof *l.at);
    if (!l.at)
        return CE_ENOMEM;
    status = ce_http_write_headers(m, arena, add_field, &l);
    if (status != CE_OK)
        return status;
    if (field.value)
        l.at[l.len++] = field;
    l.at[l.len] = (ce_http_field){ NULL, NULL };
    ce_http_reply(r,
                  &(ce_http_answer){ .status = is_ack ? 200 : status_of(result),
                                     .content_type = l.content_type,
                                     .body = m->body,
                                     .fields = l.at });
    return CE_OK;
}

/* 202 without a body, also where the event is processed: what the sink does
 * with it is not known (Web Hooks 2.2, HOOK-30). */
static void answer_ack(ce_http_request *r, const char *cache)
{
    const ce_http_field fields[] = { { "Cache-Control", cache },
                                     { NULL, NULL } };

    ce_http_reply(
        r, &(ce_http_answer){ .status = 202, .fields = cache ? fields : NULL });
}

void ce_http_answer_result(ce_http_request *r, ce_arena *arena,
                           const ce_result *result, const char *cache)
{
    /* Rounded up: whole seconds, and not too early. */
    unsigned seconds = (result->retry_after_ms + 999) / 1000;
    char text[16];
    ce_http_field fields[] = { { NULL, NULL }, { NULL, NULL } };

    snprintf(text, sizeof text, "%u", seconds ? seconds : RETRY_AFTER_S);
    if (result->verdict == CE_UNDELIVERED)
        fields[0] = (ce_http_field){ "Retry-After", text };
    else if (result->verdict == CE_ACK)
        fields[0] = (ce_http_field){ "Cache-Control", cache };
    if (result->reply && answer_event(r, arena, result, fields[0]) == CE_OK)
        return;
    if (result->reply && result->verdict == CE_ACK)
        answer_problem(r, arena, 502, "the reply cannot be written", NULL);
    else if (result->verdict == CE_ACK)
        answer_ack(r, cache);
    else
        answer_problem(r, arena, status_of(result), result->reason,
                       fields[0].value ? fields : NULL);
}
