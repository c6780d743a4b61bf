/* SPDX-License-Identifier: Apache-2.0 */
/* A broker that does as the test says: it hands over packets and sends bytes.
 * Two clients at most, on the rig's loop. */
#ifndef CE_TESTS_MQTT_FAKE_BROKER_H
#define CE_TESTS_MQTT_FAKE_BROKER_H

#include "tests/mqtt/mqtt_rig.h"

enum {
    FAKE_CONNECT = 1,
    FAKE_PUBLISH = 3,
    FAKE_SUBSCRIBE = 8,
    FAKE_PINGREQ = 12,
    FAKE_DISCONNECT = 14
};

typedef struct fake_peer {
    uv_tcp_t tcp;
    bool is_there;
    unsigned char in[1 << 16];
    size_t len;
} fake_peer;

typedef struct fake_broker fake_broker;
/* Takes one packet, but for pings: its first byte and what follows its
 * length. */
typedef void fake_on_packet(fake_peer *from, int first,
                            const unsigned char *body);

struct fake_broker {
    rig *rig;
    uv_tcp_t listener;
    fake_peer peers[2];
    bool listens;
    unsigned port;
    fake_on_packet *on_packet;
};

/* Listens on the loop of R, which is open. */
void fake_open(fake_broker *f, rig *r, fake_on_packet *on_packet);
void fake_send(fake_peer *to, const void *bytes, size_t len);
/* The size of the packet that is handed over. */
size_t fake_packet_bytes(const fake_peer *p);
/* Closes the connection at once, also while a packet is handed over. */
void fake_hang_up(fake_peer *p);
/* Closes the connection and waits until it is closed. */
void fake_drop(fake_broker *f, fake_peer *p);
/* Refuses connections, and takes them again at the same port. Waits. */
void fake_deafen(fake_broker *f);
void fake_listen(fake_broker *f);
/* Harmless when it is not open. */
void fake_close(fake_broker *f);

#endif
