/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the publication that makes the broker end the connection.
 *
 * A broker may end it for the size of a publication, for its topic, or for
 * anything else, and not say for which. So after a loss each publication
 * without an answer is a suspect. It goes alone the next time, until the broker
 * has answered for it; and when the connection has ended twice while nothing
 * else was in flight, it is refused. A publication is known by its mark, which
 * is the same each time it comes. */
#ifndef CE_BINDINGS_MQTT_SUSPECT_H
#define CE_BINDINGS_MQTT_SUSPECT_H

#include <cloudevents/pipeline.h>

/* Of more than so many in flight the first ones: a broker reads in order. */
enum { CE_MQTT_SUSPECTS = 64 };

/* Begin with a zeroed one. */
typedef struct ce_mqtt_suspect {
    struct {
        uint64_t mark;
        unsigned connections; /* that it has ended, alone */
    } list[CE_MQTT_SUSPECTS];
    unsigned count;
    size_t answered; /* bytes of the largest that the broker has answered for */
    /* Without an answer, since the connection was made. */
    uint64_t lost[CE_MQTT_SUSPECTS];
    unsigned lost_count;
    size_t lost_bytes; /* of the largest */
} ce_mqtt_suspect;

/* The mark of M, published to TOPIC; never 0. */
uint64_t ce_mqtt_suspect_mark(const char *topic, const ce_message *m);

/* For each publication that the broker has answered. MARK matters only while
 * there are suspects. */
void ce_mqtt_suspect_answered(ce_mqtt_suspect *s, uint64_t mark, size_t bytes);
/* Whether the mark of one more that is lost matters. */
bool ce_mqtt_suspect_has_room(const ce_mqtt_suspect *s);
/* For each that was in flight when the connection ended. MARK 0: it is not
 * known any more, or does not matter. */
void ce_mqtt_suspect_lost(ce_mqtt_suspect *s, uint64_t mark, size_t bytes);
/* Call it when the connection has ended and all are told. AT_ONCE: soon after
 * the broker was sent something, and it has not named another reason. Else
 * nothing in flight has ended it. True: a publication has, as far as one can
 * know. */
bool ce_mqtt_suspect_judge(ce_mqtt_suspect *s, bool at_once);
/* Forgets all: when the broker was away, it was the broker that ended the
 * connection. */
void ce_mqtt_suspect_acquit_all(ce_mqtt_suspect *s);

/* Whether there are any; else no mark is asked for. */
bool ce_mqtt_suspect_is_any(const ce_mqtt_suspect *s);
/* Whether the publication has to be alone in flight. */
bool ce_mqtt_suspect_goes_alone(const ce_mqtt_suspect *s, uint64_t mark);
/* Whether it is to be refused. */
bool ce_mqtt_suspect_is_guilty(const ce_mqtt_suspect *s, uint64_t mark);
/* Refuses D, which is that publication, and forgets it. */
void ce_mqtt_suspect_refuse(ce_mqtt_suspect *s, ce_delivery *d, uint64_t mark,
                            const char *topic, size_t bytes);

#endif
