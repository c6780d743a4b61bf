/* SPDX-License-Identifier: Apache-2.0 */
/* While a sink is slow, one address could fill the pool with valid events. */
#include "bindings/http/credit.h"

#include <string.h>

#include <arpa/inet.h>

#include "core/base/log.h"
#include "core/pipeline/share.h"

enum {
    /* What bodies may hold altogether while their senders wait: 24 KiB each of
     * the 1024 events that max_in_flight allows, or 24 of the largest. */
    POOL_BYTES = 24 << 20,
    FEW = 64
};

ce_status ce_http_credit_open(ce_http_credit *c, const ce_settings *s,
                              size_t size, ce_error *err)
{
    unsigned events = (unsigned)ce_settings_integer(s, "max_in_flight");

    c->label = ce_settings_label(s);
    if (ce_pool_open(&c->pool, events, size, POOL_BYTES) != CE_OK)
        return ce_no_memory(err);
    return CE_OK;
}

static void name_address(const ce_http_account *a, char *out, socklen_t size)
{
    struct in6_addr address;

    memcpy(&address, a->address, sizeof address);
    if (IN6_IS_ADDR_V4MAPPED(&address))
        inet_ntop(AF_INET, a->address + 12, out, size);
    else
        inet_ntop(AF_INET6, &address, out, size);
}

static void warn(ce_http_credit *c, const ce_http_account *a)
{
    char name[INET6_ADDRSTRLEN];

    if (!ce_log_may_repeat(&c->next_log_ms, ce_loop_now_ms(c->loop)))
        return;
    name_address(a, name, sizeof name);
    ce_log(CE_WARN,
           "%s: %s has %u events of %zu bytes in flight, and leaves the rest "
           "to others",
           c->label, name, a->events, a->event_bytes);
}

/* Others may come while it has taken what there is: of few events only, where
 * a sixteenth would be much, it may take all. */
static bool has_all(const ce_http_credit *c, const ce_http_account *a)
{
    return ce_http_account_is_alone(a) && ce_pool_all(c->pool).count < FEW;
}

static bool has_share(ce_http_credit *c, const ce_http_account *a, size_t bytes)
{
    const ce_pool_part own = { a->events, a->event_bytes };

    if (has_all(c, a) ||
        ce_pool_allows(c->pool, own, (ce_pool_part){ 1, bytes }))
        return true;
    warn(c, a);
    return false;
}

ce_delivery *ce_http_credit_take(ce_http_credit *c, const ce_http_request *r,
                                 size_t bytes)
{
    ce_http_account *a = ce_http_account_of(r);
    ce_delivery *d = has_share(c, a, bytes) ? ce_pool_take(c->pool) : NULL;

    if (d)
        ce_http_account_take(a);
    return d;
}
