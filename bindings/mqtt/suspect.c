/* SPDX-License-Identifier: Apache-2.0 */
#include "bindings/mqtt/suspect.h"

#include <MQTTAsync.h>
#include <stdio.h>

#include "core/base/hash.h"

/* Once may be chance, such as a broker that is restarted. */
enum { TOO_OFTEN = 2 };

uint64_t ce_mqtt_suspect_mark(const char *topic, const ce_message *m)
{
    uint64_t mark = ce_hash_part(CE_HASH_START, ce_slice_of(topic));

    for (unsigned i = 0; i < m->attrs.len; i++) {
        mark = ce_hash_part(mark, m->attrs.at[i].name);
        mark = ce_hash_part(mark, m->attrs.at[i].text);
    }
    mark = ce_hash_part(mark, m->body);
    return mark ? mark : 1;
}

/* COUNT: it is none. */
static unsigned place_of(const ce_mqtt_suspect *s, uint64_t mark)
{
    unsigned i = 0;

    while (i < s->count && s->list[i].mark != mark)
        i++;
    return i;
}

static void acquit(ce_mqtt_suspect *s, uint64_t mark)
{
    unsigned i = place_of(s, mark);

    if (i == s->count)
        return;
    for (s->count--; i < s->count; i++)
        s->list[i] = s->list[i + 1];
}

void ce_mqtt_suspect_answered(ce_mqtt_suspect *s, uint64_t mark, size_t bytes)
{
    if (bytes > s->answered)
        s->answered = bytes;
    acquit(s, mark);
}

bool ce_mqtt_suspect_has_room(const ce_mqtt_suspect *s)
{
    return s->lost_count < CE_MQTT_SUSPECTS;
}

void ce_mqtt_suspect_lost(ce_mqtt_suspect *s, uint64_t mark, size_t bytes)
{
    if (ce_mqtt_suspect_has_room(s))
        s->lost[s->lost_count] = mark;
    s->lost_count++;
    if (bytes > s->lost_bytes)
        s->lost_bytes = bytes;
}

/* The oldest makes room: perhaps it never comes again. */
static void suspect(ce_mqtt_suspect *s, uint64_t mark, bool alone)
{
    unsigned i = place_of(s, mark);

    if (!mark)
        return;
    if (i == CE_MQTT_SUSPECTS) {
        acquit(s, s->list[0].mark);
        i--;
    }
    if (i == s->count) {
        s->list[i].mark = mark;
        s->list[i].connections = 0;
        s->count++;
    }
    s->list[i].connections += alone;
}

bool ce_mqtt_suspect_judge(ce_mqtt_suspect *s, bool at_once)
{
    unsigned lost = s->lost_count;
    bool alone = lost == 1;
    bool is_larger = s->lost_bytes > s->answered;

    s->lost_count = 0;
    s->lost_bytes = 0;
    if (!at_once)
        return false;
    for (unsigned i = 0; i < lost && i < CE_MQTT_SUSPECTS; i++)
        suspect(s, s->lost[i], alone);
    return alone || is_larger;
}

void ce_mqtt_suspect_acquit_all(ce_mqtt_suspect *s)
{
    s->count = 0;
}

bool ce_mqtt_suspect_is_any(const ce_mqtt_suspect *s)
{
    return s->count > 0;
}

bool ce_mqtt_suspect_goes_alone(const ce_mqtt_suspect *s, uint64_t mark)
{
    return place_of(s, mark) < s->count;
}

bool ce_mqtt_suspect_is_guilty(const ce_mqtt_suspect *s, uint64_t mark)
{
    unsigned i = place_of(s, mark);

    return i < s->count && s->list[i].connections >= TOO_OFTEN;
}

void ce_mqtt_suspect_refuse(ce_mqtt_suspect *s, ce_delivery *d, uint64_t mark,
                            const char *topic, size_t bytes)
{
    int code = MQTTREASONCODE_PACKET_TOO_LARGE;
    char reason[160];

    if (bytes > s->answered) {
        snprintf(reason, sizeof reason,
                 "the broker has ended the connection twice for these %zu "
                 "bytes: it may not take so many",
                 bytes);
    } else {
        code = MQTTREASONCODE_IMPLEMENTATION_SPECIFIC_ERROR;
        snprintf(reason, sizeof reason,
                 "the broker has ended the connection twice for this event "
                 "alone: it may not take its topic, \"%.60s\"",
                 topic);
    }
    acquit(s, mark);
    ce_settle_nack(d, code, reason);
}
