/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/mqtt/fake_broker.h"

#include <netinet/in.h>

void fake_send(fake_peer *to, const void *bytes, size_t len)
{
    uv_buf_t b = uv_buf_init((char *)(uintptr_t)bytes, (unsigned)len);

    uv_try_write((uv_stream_t *)&to->tcp, &b, 1);
}

/* The length of the packet at the beginning, or 0 when it is not whole. */
static size_t packet_length(const fake_peer *p, size_t *header)
{
    size_t len = 0, i = 1;

    do {
        if (i >= p->len)
            return 0;
        len |= (size_t)(p->in[i] & 127) << 7 * (i - 1);
    } while (p->in[i++] & 128);
    *header = i;
    return i + len <= p->len ? i + len : 0;
}

size_t fake_packet_bytes(const fake_peer *p)
{
    size_t header;

    return packet_length(p, &header);
}

static void on_read(uv_stream_t *tcp, ssize_t n, const uv_buf_t *buf)
{
    static const unsigned char pong[] = { 0xd0, 0 };
    fake_peer *p = CE_OWNER(tcp, fake_peer, tcp);
    const fake_broker *f = tcp->data;
    size_t header = 0, whole;

    (void)buf;
    if (n < 0) {
        uv_read_stop(tcp);
        return;
    }
    p->len += (size_t)n;
    while (p->len > 1 && (whole = packet_length(p, &header)) > 0) {
        if (p->in[0] >> 4 == FAKE_PINGREQ)
            fake_send(p, pong, sizeof pong);
        else
            f->on_packet(p, p->in[0], p->in + header);
        p->len -= whole;
        memmove(p->in, p->in + whole, p->len);
    }
}

static void on_space(uv_handle_t *h, size_t size, uv_buf_t *buf)
{
    fake_peer *p = CE_OWNER(h, fake_peer, tcp);

    (void)size;
    *buf =
        uv_buf_init((char *)p->in + p->len, (unsigned)(sizeof p->in - p->len));
}

static void on_peer(uv_stream_t *listener, int status)
{
    fake_broker *f = listener->data;
    fake_peer *p = f->peers[0].is_there ? &f->peers[1] : &f->peers[0];

    REQUIRE_EQ(status, 0);
    REQUIRE(!p->is_there);
    uv_tcp_init(ce_loop_uv(f->rig->loop), &p->tcp);
    p->tcp.data = f;
    REQUIRE_EQ(uv_accept(listener, (uv_stream_t *)&p->tcp), 0);
    p->is_there = true;
    p->len = 0;
    uv_read_start((uv_stream_t *)&p->tcp, on_space, on_read);
}

static void on_peer_closed(uv_handle_t *h)
{
    CE_OWNER(h, fake_peer, tcp)->is_there = false;
}

static void on_listener_closed(uv_handle_t *h)
{
    ((fake_broker *)h->data)->listens = false;
}

void fake_hang_up(fake_peer *p)
{
    if (!uv_is_closing((uv_handle_t *)&p->tcp))
        uv_close((uv_handle_t *)&p->tcp, on_peer_closed);
}

void fake_drop(fake_broker *f, fake_peer *p)
{
    if (!p->is_there)
        return;
    fake_hang_up(p);
    RIG_WAIT(f->rig, !p->is_there);
}

void fake_deafen(fake_broker *f)
{
    if (!f->listens)
        return;
    uv_close((uv_handle_t *)&f->listener, on_listener_closed);
    RIG_WAIT(f->rig, !f->listens);
}

void fake_close(fake_broker *f)
{
    fake_deafen(f);
    fake_drop(f, &f->peers[0]);
    fake_drop(f, &f->peers[1]);
}

void fake_listen(fake_broker *f)
{
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_port = htons((unsigned short)f->port),
                              .sin_addr = { htonl(INADDR_LOOPBACK) } };
    int len = sizeof at;

    f->listens = true;
    uv_tcp_init(ce_loop_uv(f->rig->loop), &f->listener);
    f->listener.data = f;
    uv_tcp_bind(&f->listener, (struct sockaddr *)&at, 0);
    REQUIRE_EQ(uv_listen((uv_stream_t *)&f->listener, 4, on_peer), 0);
    uv_tcp_getsockname(&f->listener, (struct sockaddr *)&at, &len);
    f->port = ntohs(at.sin_port);
}

void fake_open(fake_broker *f, rig *r, fake_on_packet *on_packet)
{
    memset(f, 0, sizeof *f);
    f->rig = r;
    f->on_packet = on_packet;
    fake_listen(f);
}
