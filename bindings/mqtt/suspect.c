/* SPDX-License-Identifier: Apache-2.0 */
#include "bindings/mqtt/suspect.h"

/* Once may be chance, such as a broker that is restarted. */
enum { TOO_OFTEN = 2 };

void ce_mqtt_suspect_answered(ce_mqtt_suspect *s, size_t bytes)
{
    if (bytes > s->answered)
        s->answered = bytes;
    if (s->bytes && s->bytes <= s->answered)
        ce_mqtt_suspect_acquit(s);
}

void ce_mqtt_suspect_lost(ce_mqtt_suspect *s, size_t bytes)
{
    if (bytes > s->lost)
        s->lost = bytes;
    s->lost_count++;
}

bool ce_mqtt_suspect_judge(ce_mqtt_suspect *s, bool at_once)
{
    size_t bytes = s->lost;
    bool alone = s->lost_count == 1;

    s->lost = 0;
    s->lost_count = 0;
    if (!at_once || bytes <= s->answered)
        return false;
    if (bytes != s->bytes)
        s->connections = 0;
    s->bytes = bytes;
    if (alone)
        s->connections++;
    return true;
}

void ce_mqtt_suspect_acquit(ce_mqtt_suspect *s)
{
    s->bytes = 0;
    s->connections = 0;
}

bool ce_mqtt_suspect_goes_alone(const ce_mqtt_suspect *s, size_t bytes)
{
    return s->bytes && s->bytes == bytes;
}

bool ce_mqtt_suspect_is_guilty(const ce_mqtt_suspect *s, size_t bytes)
{
    return ce_mqtt_suspect_goes_alone(s, bytes) && s->connections >= TOO_OFTEN;
}
