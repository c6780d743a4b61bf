/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the publication that makes the broker end the connection.
 *
 * A broker of version 3.1.1 says neither how much it takes nor why it hangs up
 * on more. So after a loss the largest publication without an answer is the
 * suspect, if the broker has never answered for one as large. It goes alone the
 * next time, and when the connection has ended twice while nothing else was in
 * flight, it is refused. Publications are known by their size, because it is
 * the size that is judged. */
#ifndef CE_BINDINGS_MQTT_SUSPECT_H
#define CE_BINDINGS_MQTT_SUSPECT_H

#include <stdbool.h>
#include <stddef.h>

/* Begin with a zeroed one. */
typedef struct ce_mqtt_suspect {
    size_t answered;      /* the largest that the broker has answered for */
    size_t lost;          /* the largest without an answer, and their number */
    unsigned lost_count;  /* ... since the connection was made */
    size_t bytes;         /* the suspect's; 0: there is none */
    unsigned connections; /* that it has ended */
} ce_mqtt_suspect;

/* For each publication that the broker has answered. */
void ce_mqtt_suspect_answered(ce_mqtt_suspect *s, size_t bytes);
/* For each that was in flight when the connection ended. */
void ce_mqtt_suspect_lost(ce_mqtt_suspect *s, size_t bytes);
/* Call it when the connection has ended and all are told. AT_ONCE: soon after
 * the broker was sent something. Else nothing in flight has ended it. True: the
 * suspect has, as far as one can know. */
bool ce_mqtt_suspect_judge(ce_mqtt_suspect *s, bool at_once);
/* Forgets the suspect: when the broker was away, it was the broker that ended
 * the connection; and when the suspect has been refused. */
void ce_mqtt_suspect_acquit(ce_mqtt_suspect *s);

/* Whether a publication of so many bytes has to be alone in flight. */
bool ce_mqtt_suspect_goes_alone(const ce_mqtt_suspect *s, size_t bytes);
/* Whether it is to be refused. */
bool ce_mqtt_suspect_is_guilty(const ce_mqtt_suspect *s, size_t bytes);

#endif
