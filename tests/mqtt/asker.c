/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/mqtt/asker.h"

void asker_keep(char *out, size_t size, ce_slice s)
{
    snprintf(out, size, "%.*s", s.ptr ? (int)s.len : 0, s.ptr ? s.ptr : "");
}

static void on_answered(ce_hook *h, ce_delivery *d, const ce_result *r)
{
    asker *a = h->self;
    question *q = (question *)d;
    ce_event e;

    q->settlements++;
    q->result = *r;
    q->has_reply = r->reply != NULL;
    a->order[a->settled++] = (unsigned)(q - a->questions);
    if (!r->reply)
        return;
    q->mode = r->reply->mode;
    if (ce_message_decode(r->reply, d->arena, &e, NULL) != CE_OK)
        return;
    asker_keep(q->type, sizeof q->type, ce_event_text(&e, "type"));
    asker_keep(q->kind, sizeof q->kind, ce_event_text(&e, "datacontenttype"));
    asker_keep(q->data, sizeof q->data, e.data);
}

static void count_late(ce_sender *s, void *arg)
{
    (void)s;
    ((asker *)arg)->late++;
}

void asker_open(asker *a, rig *r, const char *uri)
{
    memset(a, 0, sizeof *a);
    a->rig = r;
    a->at =
        rig_endpoint(r, &a->settings, ce_transport_mqtt.sender_options, uri);
    REQUIRE_OK(ce_transport_mqtt.requester(&a->sender, &a->at, NULL));
    a->sender->late = count_late;
    a->sender->late_arg = a;
    REQUIRE_OK(a->sender->ops->start(a->sender, NULL));
}

question *ask(asker *a, const char *type)
{
    question *q = &a->questions[a->count];

    REQUIRE_CMP(a->count, <, ASKER_QUESTIONS);
    *q = (question){ .d.arena = ce_arena_new() };
    snprintf(q->text, sizeof q->text, "%u", a->count++);
    q->attrs[0] =
        (ce_attr){ CE_SLICE("specversion"), CE_SLICE("1.0"), CE_STRING };
    q->attrs[1] = (ce_attr){ CE_SLICE("id"), ce_slice_of(q->text), CE_STRING };
    q->attrs[2] = (ce_attr){ CE_SLICE("source"), CE_SLICE("/s"), CE_STRING };
    q->attrs[3] = (ce_attr){ CE_SLICE("type"), ce_slice_of(type), CE_STRING };
    q->d.message = (ce_message){ .mode = CE_MODE_BINARY,
                                 .content_type = CE_SLICE("text/plain"),
                                 .body = ce_slice_of(q->text),
                                 .attrs = { q->attrs, 4, 4 } };
    ce_delivery_hook(&q->d, on_answered, a, 0);
    ce_push(&a->sender->stage, &q->d);
    return q;
}

void asker_close(asker *a)
{
    if (!a->sender)
        return;
    a->done = false;
    a->sender->ops->stop(a->sender, 1000, rig_on_done, &a->done);
    RIG_WAIT(a->rig, a->done);
    EXPECT(a->done);
    a->sender->stage.ops->close(&a->sender->stage);
    ce_settings_close(a->settings);
    for (unsigned i = 0; i < a->count; i++) {
        EXPECT_EQ(a->questions[i].settlements, 1);
        ce_arena_free(a->questions[i].d.arena);
    }
    a->sender = NULL;
}
