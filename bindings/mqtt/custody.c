/* SPDX-License-Identifier: Apache-2.0 */
/* The inbox comes first, and a mailbox behind it takes what the inbox cannot.
 * Nothing can be given back to the broker: paho acknowledges whatever happens
 * here. */
#include "bindings/mqtt/custody.h"

#include <stdatomic.h>

#include <cloudevents/alloc.h>
#include <cloudevents/log.h>

/* Memory for a route without an inbox: sixteen events of the largest preset
 * size, thousands of common ones. */
enum { BOX_BYTES = 16 << 20 };
/* A buffer for nearly all messages; that of a larger one is given back. */
enum { KEPT_BYTES = 64 << 10 };

struct ce_mqtt_custody {
    ce_mqtt_custody_config config;
    ce_mqtt_mailbox *box;
    ce_buf record; /* of paho's thread, reused */
    atomic_bool crowded;
    atomic_uint_fast64_t lost; /* for want of memory */
};

static bool is_box_full(ce_mqtt_custody *c)
{
    size_t count, bytes;

    ce_mqtt_mailbox_size(c->box, &count, &bytes);
    return count >= c->config.max_count || bytes >= BOX_BYTES;
}

static bool is_box_empty(ce_mqtt_custody *c)
{
    size_t count, bytes;

    ce_mqtt_mailbox_size(c->box, &count, &bytes);
    return count == 0;
}

/* --- paho's thread --- */

static bool put_record(ce_mqtt_custody *c, const ce_message *m,
                       const ce_origin *o, const char *defect)
{
    bool is_put;

    ce_buf_clear(&c->record);
    is_put =
        ce_record_write(m, o, defect, &c->record) == CE_OK &&
        ce_inbox_add(c->config.inbox, ce_buf_slice(&c->record), NULL) == CE_OK;
    if (c->record.cap > KEPT_BYTES)
        ce_buf_free(&c->record);
    return is_put;
}

/* False: the message is not in the inbox. What waits in memory is older and has
 * to come first. The loop may empty the box right after the look at it; then
 * the next message finds the way free. */
static bool put_in_inbox(ce_mqtt_custody *c, const ce_message *m,
                         const ce_origin *o, const char *defect)
{
    ce_inbox *inbox = c->config.inbox;

    if (!inbox || !is_box_empty(c) || !put_record(c, m, o, defect))
        return false;
    if (ce_inbox_is_high(inbox)) {
        atomic_store(&c->crowded, true);
        ce_loop_post(c->config.loop, c->config.turn);
    }
    return true;
}

/* The turn that the mailbox posts may run before the mark is set. Then
 * either it empties the box, and there is no crowd, or it tries again later
 * and sees the mark. */
static void put_in_box(ce_mqtt_custody *c, const ce_message *m,
                       const ce_origin *o, const char *defect)
{
    if (ce_mqtt_mailbox_put(c->box, m, o, defect, NULL) != CE_OK) {
        ce_log_of(CE_ERROR, c->config.label,
                  "out of memory: a message of topic \"%.*s\" is lost",
                  CE_ARG(o->topic));
        atomic_fetch_add(&c->lost, 1);
        return;
    }
    if (c->config.inbox || is_box_full(c))
        atomic_store(&c->crowded, true);
}

void ce_mqtt_custody_take(ce_mqtt_custody *c, const ce_message *m,
                          const ce_origin *o, const char *defect)
{
    if (!put_in_inbox(c, m, o, defect))
        put_in_box(c, m, o, defect);
}

/* --- the loop --- */

ce_status ce_mqtt_custody_store(ce_mqtt_custody *c, ce_error *err)
{
    const ce_mqtt_letter *l;

    while ((l = ce_mqtt_mailbox_first(c->box))) {
        ce_status status = ce_inbox_append(c->config.inbox, &l->record, 1, err);

        if (status != CE_OK)
            return status;
        ce_mqtt_mailbox_drop(c->box);
    }
    return CE_OK;
}

ce_mqtt_mailbox *ce_mqtt_custody_box(ce_mqtt_custody *c)
{
    return c->box;
}

bool ce_mqtt_custody_was_crowded(ce_mqtt_custody *c)
{
    return atomic_exchange(&c->crowded, false);
}

bool ce_mqtt_custody_is_full(ce_mqtt_custody *c)
{
    if (c->config.inbox)
        return ce_inbox_is_high(c->config.inbox);
    return is_box_full(c);
}

/* --- life --- */

/* What waits in memory when it ends, and does not get into the inbox. */
static uint64_t count_left(ce_mqtt_custody *c)
{
    size_t count, bytes;
    ce_error err = { CE_OK, "there is no inbox" };

    if (c->config.inbox && ce_mqtt_custody_store(c, &err) == CE_OK)
        return 0;
    ce_mqtt_mailbox_size(c->box, &count, &bytes);
    if (count > 0)
        ce_log_with(
            CE_ERROR,
            &(ce_log_fields){ .endpoint = c->config.label, .error = err.text },
            "%zu messages were acknowledged and are lost: %s", count, err.text);
    return count;
}

uint64_t ce_mqtt_custody_close(ce_mqtt_custody *c)
{
    uint64_t lost;

    if (!c)
        return 0;
    lost = count_left(c) + atomic_load(&c->lost);
    ce_mqtt_mailbox_close(c->box);
    ce_buf_free(&c->record);
    ce_free(c);
    return lost;
}

ce_status ce_mqtt_custody_open(ce_mqtt_custody **out,
                               const ce_mqtt_custody_config *config,
                               ce_error *err)
{
    ce_mqtt_custody *c = ce_alloc_zeroed(sizeof *c);

    if (!c ||
        ce_mqtt_mailbox_open(&c->box, config->loop, config->turn) != CE_OK) {
        ce_free(c);
        return ce_no_memory(err);
    }
    c->config = *config;
    *out = c;
    return CE_OK;
}
