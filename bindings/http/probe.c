/* SPDX-License-Identifier: Apache-2.0 */
/* A bare connection asks nothing of the target: no event is risked, and a
 * server that has just come back is not met by all that waits. */
#include "bindings/http/probe.h"

/* A restart is noticed at once; a long absence costs a connection in 5 s. */
enum { PAUSE_FIRST_MS = 100, PAUSE_LAST_MS = 5000 };

static void on_connected(ce_http_connection *c, const char *failure)
{
    ce_http_probe *p = CE_OWNER(c, ce_http_probe, connection);

    ce_http_connection_close(c);
    if (!failure)
        p->pause_ms = 0;
    p->found(p, failure);
}

static void try_now(ce_timer *t)
{
    ce_http_probe *p = CE_OWNER(t, ce_http_probe, again);

    p->connection.connected = on_connected;
    /* Out of memory: later there may be some. */
    if (ce_http_connection_open(&p->connection) != CE_OK)
        ce_timer_start(p->connection.multi->loop, t, p->pause_ms);
}

void ce_http_probe_start(ce_http_probe *p)
{
    if (p->connection.easy || p->again.loop)
        return;
    if (p->pause_ms == 0)
        p->pause_ms = PAUSE_FIRST_MS;
    p->again.fire = try_now;
    ce_timer_start(p->connection.multi->loop, &p->again, p->pause_ms);
    p->pause_ms *= 2;
    if (p->pause_ms > PAUSE_LAST_MS)
        p->pause_ms = PAUSE_LAST_MS;
}

void ce_http_probe_stop(ce_http_probe *p)
{
    ce_timer_stop(&p->again);
    ce_http_connection_close(&p->connection);
}
