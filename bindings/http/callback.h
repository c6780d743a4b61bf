/* SPDX-License-Identifier: Apache-2.0 */
/* Where a webhook's target says that it consents: HTTP 1.1 Web Hooks, section
 * 4.1.3. */
#ifndef CE_BINDINGS_HTTP_CALLBACK_H
#define CE_BINDINGS_HTTP_CALLBACK_H

#include <cloudevents/loop.h>
#include <cloudevents/slice.h>

typedef struct ce_http_callback ce_http_callback;

typedef struct ce_http_callback_config {
    const char *url;    /* what the target is to call */
    const char *listen; /* http://HOST:PORT to listen at; NULL: that of URL */
    /* Called when the target has called, perhaps again. RATE is the value of
     * WebHook-Allowed-Rate or absent. Returns whether it is a rate. */
    bool (*heard)(void *arg, ce_slice rate);
    void *arg;
} ce_http_callback_config;

/* Whether a target can call URL and its calls arrive; LISTEN may be NULL. */
ce_status ce_http_callback_check(const char *url, const char *listen,
                                 ce_error *err);
/* What it says was checked. Listens until it is closed. CONFIG is copied, but
 * not its texts: they have to live as long. */
ce_status ce_http_callback_open(ce_http_callback **out, ce_loop *loop,
                                const ce_http_callback_config *config,
                                ce_error *err);
/* What to offer to the target: the URL with a key that only it will know, so
 * that no one else can consent for it (Web Hooks 4.1.3, HOOK-15). */
const char *ce_http_callback_url(const ce_http_callback *c);
/* Listens no more, and frees. Accepts NULL. */
void ce_http_callback_close(ce_http_callback *c);

#endif
