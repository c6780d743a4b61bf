/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong with a connection, and what its user can do about it. */
#ifndef CE_BINDINGS_MQTT_ERRORS_H
#define CE_BINDINGS_MQTT_ERRORS_H

#include <stdbool.h>
#include <stddef.h>

typedef struct ce_mqtt_failure {
    int code;            /* the broker's if it is above 0, else paho's */
    const char *message; /* paho's, or NULL */
    const char *tls;     /* the first line of the TLS library, or "" */
    bool wants_tls;      /* the scheme is mqtts */
} ce_mqtt_failure;

/* Why an attempt to connect has failed. */
void ce_mqtt_explain(char *out, size_t size, const ce_mqtt_failure *f);
/* Why the host was not found; CODE is one of getaddrinfo. */
const char *ce_mqtt_explain_lookup(int code);
/* Why the broker has ended the connection, by the reason code of its
 * DISCONNECT. */
void ce_mqtt_explain_end(char *out, size_t size, int code);

#endif
