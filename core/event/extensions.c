/* SPDX-License-Identifier: Apache-2.0 */
/* The documented extensions, for applications. */
#include <cloudevents/extensions.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "core/event/attr.h"
#include "core/event/tracing.h"

static const ce_slice absent = { NULL, 0 };

/* These extensions may not be empty. */
static ce_status set_filled(ce_event *e, const char *name, const char *text,
                            ce_error *err)
{
    if (!text || !*text)
        return ce_attr_fail(err, ce_slice_of(name), "may not be empty", absent);
    return ce_event_set(e, name, text, err);
}

/* --- correlation --- */

static ce_status carry(ce_event *next, const ce_event *cause, const char *from,
                       const char *to, ce_error *err)
{
    ce_slice text = ce_event_text(cause, from);

    if (text.ptr)
        return ce_event_set_slice(next, ce_slice_of(to), text, CE_STRING, err);
    return CE_OK;
}

ce_status ce_event_follow(ce_event *next, const ce_event *cause, ce_error *err)
{
    bool is_chain = ce_event_get(cause, "correlationid");
    ce_status status = carry(next, cause, is_chain ? "correlationid" : "id",
                             "correlationid", err);

    if (status != CE_OK)
        return status;
    status = carry(next, cause, "id", "causationid", err);
    if (status != CE_OK || ce_event_get(next, "traceparent"))
        return status;
    status = carry(next, cause, "traceparent", "traceparent", err);
    if (status != CE_OK)
        return status;
    return carry(next, cause, "tracestate", "tracestate", err);
}

/* --- partitioning --- */

ce_status ce_event_set_partition_key(ce_event *e, const char *key,
                                     ce_error *err)
{
    return set_filled(e, "partitionkey", key, err);
}

/* --- distributed tracing --- */

static bool is_zero(const char *text)
{
    return strspn(text, "0") == strlen(text);
}

/* Not all zeros, which stands for "none". */
static ce_status random_hex(char *out, size_t digits)
{
    unsigned char bytes[16] = { 0 };

    do {
        if (getrandom(bytes, digits / 2, 0) != (ssize_t)(digits / 2))
            return CE_EIO;
        for (size_t i = 0; i < digits / 2; i++)
            sprintf(out + 2 * i, "%02x", bytes[i]);
    } while (is_zero(out));
    return CE_OK;
}

ce_status ce_trace_new(ce_trace *out)
{
    *out = (ce_trace){ .sampled = true };
    if (random_hex(out->trace_id, 32) != CE_OK)
        return CE_EIO;
    return random_hex(out->parent_id, 16);
}

ce_status ce_trace_child(const ce_trace *parent, ce_trace *out)
{
    *out = *parent;
    return random_hex(out->parent_id, 16);
}

static ce_status check_trace(ce_slice parent, ce_slice state, ce_error *err)
{
    if (!ce_traceparent_is_valid(parent))
        return ce_attr_fail(err, CE_SLICE("traceparent"),
                            "not valid in Trace Context", parent);
    if (state.ptr && !ce_tracestate_is_valid(state))
        return ce_attr_fail(err, CE_SLICE("tracestate"),
                            "not valid in Trace Context", state);
    return CE_OK;
}

/* OLD has no name when there was none. */
static void put_back(ce_event *e, const char *name, ce_attr old)
{
    const ce_attr *now = ce_event_get(e, name);

    if (old.name.ptr)
        e->attrs.at[now - e->attrs.at] = old;
    else
        (void)ce_event_remove(e, name);
}

static ce_status set_both(ce_event *e, const char *parent, const char *state,
                          ce_error *err)
{
    const ce_attr *a = ce_event_get(e, "traceparent");
    ce_attr old = a ? *a : (ce_attr){ .type = CE_STRING };
    ce_status status = ce_event_set(e, "traceparent", parent, err);

    if (status != CE_OK)
        return status;
    status = ce_event_set(e, "tracestate", state, err);
    if (status != CE_OK)
        put_back(e, "traceparent", old);
    return status;
}

ce_status ce_event_set_trace(ce_event *e, const ce_trace *t, const char *state,
                             ce_error *err)
{
    char parent[CE_TRACEPARENT_LEN + 1];
    ce_status status;

    snprintf(parent, sizeof parent, "00-%.32s-%.16s-%02x", t->trace_id,
             t->parent_id, t->sampled);
    status = check_trace(ce_slice_of(parent), ce_slice_of(state), err);
    if (status != CE_OK)
        return status;
    if (state)
        return set_both(e, parent, state, err);
    status = ce_event_set(e, "traceparent", parent, err);
    if (status == CE_OK)
        (void)ce_event_remove(e, "tracestate");
    return status;
}

ce_status ce_event_trace(const ce_event *e, ce_trace *out)
{
    ce_slice value = ce_event_text(e, "traceparent");

    *out = (ce_trace){ .sampled = false };
    if (!value.ptr)
        return CE_ENOENT;
    if (!ce_traceparent_is_valid(value))
        return CE_ESYNTAX;
    memcpy(out->trace_id, value.ptr + 3, 32);
    memcpy(out->parent_id, value.ptr + 36, 16);
    out->sampled = strchr("13579bdf", value.ptr[54]) != NULL;
    return CE_OK;
}

/* --- sequence, sampling, claim check --- */

ce_status ce_event_set_sequence(ce_event *e, uint64_t number, ce_error *err)
{
    char text[21];

    snprintf(text, sizeof text, "%020" PRIu64, number);
    return ce_event_set(e, "sequence", text, err);
}

ce_status ce_event_set_sampled_rate(ce_event *e, int32_t rate, ce_error *err)
{
    if (rate < 1)
        return ce_fail(err, CE_EINVAL,
                       "attribute \"sampledrate\": less than 1: \"%d\"",
                       (int)rate);
    return ce_event_set_integer(e, "sampledrate", rate, err);
}

int32_t ce_event_sampled_rate(const ce_event *e)
{
    const ce_attr *a = ce_event_get(e, "sampledrate");
    int32_t rate;

    return a && ce_attr_integer(a, &rate) == CE_OK && rate > 0 ? rate : 1;
}

ce_status ce_event_set_dataref(ce_event *e, const char *uri, ce_error *err)
{
    if (!uri || !*uri)
        return set_filled(e, "dataref", uri, err);
    return ce_event_set_uri_ref(e, "dataref", uri, err);
}

/* --- expiry time --- */

ce_status ce_event_set_expiry(ce_event *e, struct timespec at, ce_error *err)
{
    return ce_event_set_time(e, "expirytime", at, err);
}

/* EXT-14, EXT-16. */
bool ce_event_is_expired(const ce_event *e, struct timespec now)
{
    const ce_attr *a = ce_event_get(e, "expirytime");
    struct timespec at;

    if (!a || ce_attr_time(a, &at) != CE_OK)
        return false;
    return at.tv_sec < now.tv_sec ||
           (at.tv_sec == now.tv_sec && at.tv_nsec <= now.tv_nsec);
}
