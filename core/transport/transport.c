/* SPDX-License-Identifier: Apache-2.0 */
/* The table of transports: those of the build, and the application's own. */
#include <cloudevents/transport.h>

#include <string.h>

#define CE_BINDING(name) extern const ce_transport ce_transport_##name;
#include "generated/bindings.inc"
#undef CE_BINDING

#define CE_BINDING(name) &ce_transport_##name,
static const ce_transport *const built_in[] = {
#include "generated/bindings.inc"
    NULL,
};
#undef CE_BINDING

enum { OWN_MAX = 16, BUILT_IN = sizeof built_in / sizeof *built_in - 1 };

static const ce_transport *own[OWN_MAX];
static unsigned own_count;

const ce_transport *ce_transport_at(unsigned index)
{
    if (index < BUILT_IN)
        return built_in[index];
    index -= BUILT_IN;
    return index < own_count ? own[index] : NULL;
}

static bool has_scheme(const ce_transport *t, ce_slice scheme)
{
    for (const char *const *s = t->schemes; *s; s++)
        if (ce_slice_eq_nocase(ce_slice_of(*s), scheme))
            return true;
    return false;
}

const ce_transport *ce_transport_find(const char *uri)
{
    ce_slice scheme = { uri, strcspn(uri, ":?") };
    const ce_transport *t;

    for (unsigned i = 0; (t = ce_transport_at(i)); i++)
        if (has_scheme(t, scheme))
            return t;
    return NULL;
}

ce_status ce_transport_register(const ce_transport *t, ce_error *err)
{
    if (t->abi != CE_TRANSPORT_ABI)
        return ce_fail(err, CE_EINVAL,
                       "transport \"%s\": made for interface %u, this is %d",
                       t->name, t->abi, CE_TRANSPORT_ABI);
    if (own_count == OWN_MAX)
        return ce_fail(err, CE_ENOMEM, "transport \"%s\": the table is full",
                       t->name);
    own[own_count++] = t;
    return CE_OK;
}
