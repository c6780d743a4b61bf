/* SPDX-License-Identifier: Apache-2.0 */
/* A bare connection asks nothing of the target: no event is risked, and a
 * server that has just come back is not met by all that waits. */
#include "bindings/http/probe.h"

/* A restart is noticed at once; a long absence costs a connection in 5 s. */
enum { PAUSE_FIRST_MS = 100, PAUSE_LAST_MS = 5000 };

static void end_try(ce_http_probe *p)
{
    if (!p->easy)
        return;
    ce_http_multi_remove(p->multi, p->easy);
    curl_easy_cleanup(p->easy);
    p->easy = NULL;
}

static bool apply(ce_http_probe *p)
{
    if (ce_http_target_apply(p->target, p->easy) != CE_OK)
        return false;
    curl_easy_setopt(p->easy, CURLOPT_CONNECT_ONLY, 1L);
    /* A connection that libcurl has kept may be dead without its knowing. */
    curl_easy_setopt(p->easy, CURLOPT_FRESH_CONNECT, 1L);
    return true;
}

static void try_now(ce_timer *t)
{
    ce_http_probe *p = CE_OWNER(t, ce_http_probe, again);

    p->easy = curl_easy_init();
    if (p->easy && apply(p) && ce_http_multi_add(p->multi, p->easy) == CE_OK)
        return;
    /* Out of memory: later there may be some. */
    curl_easy_cleanup(p->easy);
    p->easy = NULL;
    ce_timer_start(p->loop, &p->again, p->pause_ms);
}

void ce_http_probe_start(ce_http_probe *p)
{
    if (p->easy || p->again.loop)
        return;
    if (p->pause_ms == 0)
        p->pause_ms = PAUSE_FIRST_MS;
    p->again.fire = try_now;
    ce_timer_start(p->loop, &p->again, p->pause_ms);
    p->pause_ms *= 2;
    if (p->pause_ms > PAUSE_LAST_MS)
        p->pause_ms = PAUSE_LAST_MS;
}

void ce_http_probe_stop(ce_http_probe *p)
{
    ce_timer_stop(&p->again);
    end_try(p);
}

bool ce_http_probe_takes(ce_http_probe *p, CURL *easy, CURLcode code)
{
    if (!p->easy || p->easy != easy)
        return false;
    end_try(p);
    if (code == CURLE_OK)
        p->pause_ms = 0;
    return true;
}
