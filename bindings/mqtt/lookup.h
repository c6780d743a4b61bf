/* SPDX-License-Identifier: Apache-2.0 */
/* Looks whether a host has an address, on a thread of its own: the system may
 * take many seconds for that, and paho has all connections of the process wait
 * as long. It asks the system again, which is soon when there was an answer. */
#ifndef CE_BINDINGS_MQTT_LOOKUP_H
#define CE_BINDINGS_MQTT_LOOKUP_H

#include <stdbool.h>

#include "core/loop/loop.h"

typedef struct ce_mqtt_lookup ce_mqtt_lookup;
/* On the loop, once. CODE: 0, or one of getaddrinfo. */
typedef void ce_mqtt_looked_up(void *self, int code);

/* Whether HOST is a name. Nobody has to be asked for an address. */
bool ce_mqtt_lookup_is_due(const char *host);
/* Begins; the lookup ends with the call of DONE. NULL: there is no memory or
 * no thread for it. */
ce_mqtt_lookup *ce_mqtt_lookup_start(ce_loop *loop, const char *host,
                                     ce_mqtt_looked_up *done, void *self);
/* DONE is not called, and nobody waits. Not from DONE. Accepts NULL. */
void ce_mqtt_lookup_forget(ce_mqtt_lookup *l);

#endif
