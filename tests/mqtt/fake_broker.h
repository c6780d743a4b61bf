/* SPDX-License-Identifier: Apache-2.0 */
/* A broker that does as the test says: it hands over packets and sends bytes.
 * One client at a time, on the rig's loop. */
#ifndef CE_MQTT_FAKE_BROKER_H
#define CE_MQTT_FAKE_BROKER_H

#include <netinet/in.h>

#include "mqtt_rig.h"

enum {
    FAKE_CONNECT = 1,
    FAKE_PUBLISH = 3,
    FAKE_SUBSCRIBE = 8,
    FAKE_PINGREQ = 12
};

typedef struct fake_broker {
    rig *rig;
    uv_tcp_t listener, peer;
    bool listens, has_peer;
    unsigned port;
    /* Takes one packet, but for pings: its first byte and what follows its
     * length. */
    void (*on_packet)(int first, const unsigned char *body, size_t len);
    unsigned char in[1 << 16];
    size_t len;
} fake_broker;

static inline void fake_send(fake_broker *f, const void *bytes, size_t len)
{
    uv_buf_t b = uv_buf_init((char *)(uintptr_t)bytes, (unsigned)len);

    uv_try_write((uv_stream_t *)&f->peer, &b, 1);
}

/* The length of the packet at the beginning, or 0 when it is not whole. */
static inline size_t fake_packet(const fake_broker *f, size_t *header)
{
    size_t len = 0, i = 1;

    do {
        if (i >= f->len)
            return 0;
        len |= (size_t)(f->in[i] & 127) << 7 * (i - 1);
    } while (f->in[i++] & 128);
    *header = i;
    return i + len <= f->len ? i + len : 0;
}

static inline void fake_on_read(uv_stream_t *peer, ssize_t n,
                                const uv_buf_t *buf)
{
    static const unsigned char pong[] = { 0xd0, 0 };
    fake_broker *f = peer->data;
    size_t header = 0, whole;

    (void)buf;
    if (n < 0) {
        uv_read_stop(peer);
        return;
    }
    f->len += (size_t)n;
    while (f->len > 1 && (whole = fake_packet(f, &header)) > 0) {
        if (f->in[0] >> 4 == FAKE_PINGREQ)
            fake_send(f, pong, sizeof pong);
        else
            f->on_packet(f->in[0], f->in + header, whole - header);
        f->len -= whole;
        memmove(f->in, f->in + whole, f->len);
    }
}

static inline void fake_on_space(uv_handle_t *h, size_t size, uv_buf_t *buf)
{
    fake_broker *f = h->data;

    (void)size;
    *buf =
        uv_buf_init((char *)f->in + f->len, (unsigned)(sizeof f->in - f->len));
}

static inline void fake_on_peer(uv_stream_t *listener, int status)
{
    fake_broker *f = listener->data;

    REQUIRE(status == 0 && !f->has_peer);
    uv_tcp_init(ce_loop_uv(f->rig->loop), &f->peer);
    f->peer.data = f;
    REQUIRE(uv_accept(listener, (uv_stream_t *)&f->peer) == 0);
    f->has_peer = true;
    f->len = 0;
    uv_read_start((uv_stream_t *)&f->peer, fake_on_space, fake_on_read);
}

static inline void fake_on_peer_closed(uv_handle_t *h)
{
    ((fake_broker *)h->data)->has_peer = false;
}

static inline void fake_on_listener_closed(uv_handle_t *h)
{
    ((fake_broker *)h->data)->listens = false;
}

static inline void fake_drop_peer(fake_broker *f)
{
    uv_close((uv_handle_t *)&f->peer, fake_on_peer_closed);
    RIG_WAIT(f->rig, !f->has_peer);
}

static inline void fake_close(fake_broker *f)
{
    if (!f->listens)
        return;
    uv_close((uv_handle_t *)&f->listener, fake_on_listener_closed);
    if (f->has_peer)
        fake_drop_peer(f);
    RIG_WAIT(f->rig, !f->listens);
}

/* On the loop of R, which is open. */
static inline void
fake_open(fake_broker *f, rig *r,
          void (*on_packet)(int first, const unsigned char *body, size_t len))
{
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_addr = { htonl(INADDR_LOOPBACK) } };
    int len = sizeof at;

    *f = (fake_broker){ .rig = r, .listens = true, .on_packet = on_packet };
    uv_tcp_init(ce_loop_uv(r->loop), &f->listener);
    f->listener.data = f;
    uv_tcp_bind(&f->listener, (struct sockaddr *)&at, 0);
    REQUIRE(uv_listen((uv_stream_t *)&f->listener, 4, fake_on_peer) == 0);
    uv_tcp_getsockname(&f->listener, (struct sockaddr *)&at, &len);
    f->port = ntohs(at.sin_port);
}

#endif
