/* SPDX-License-Identifier: Apache-2.0 */
/* A table of codes and words. */
#include "bridge/config/statuses.h"

#include <stdlib.h>
#include <string.h>

#include "bridge/config/keys.h"

/* Statuses of HTTP and reasons of MQTT; a confirmation is none. */
static bool read_code(ce_slice text, int *out)
{
    char digits[4];
    size_t len = text.len;

    if (len != 3 || strspn(text.ptr, "0123456789") < len)
        return false;
    memcpy(digits, text.ptr, len);
    digits[len] = '\0';
    *out = (int)strtol(digits, NULL, 10);
    return *out >= 100 && *out <= 599 && (*out < 200 || *out > 299);
}

static bool read_word(ce_slice text, ce_verdict *out)
{
    *out = ce_slice_eq(text, CE_SLICE("retry")) ? CE_UNDELIVERED : CE_NACK;
    return *out == CE_UNDELIVERED || ce_slice_eq(text, CE_SLICE("refuse"));
}

static bool is_known(const br_retry_plan *r, int code)
{
    for (const ce_ruling *i = r->rulings; i->code; i++)
        if (i->code == code)
            return true;
    return false;
}

static void add(br_retry_plan *out, ce_slice code, ce_slice word,
                const br_node *at, br_faults *faults)
{
    unsigned n = out->ruling_count;
    ce_ruling r;

    if (!read_code(code, &r.code))
        br_fault(faults, at,
                 "statuses: \"%.*s\" is no status from 100 to 599 outside 2xx",
                 CE_ARG(code));
    else if (!read_word(word, &r.verdict))
        br_fault(faults, at, "statuses: %d has to be retry or refuse: %.*s",
                 r.code, CE_ARG(word));
    else if (is_known(out, r.code))
        br_fault(faults, at, "statuses: %d is given twice", r.code);
    else if (n == BR_RULINGS)
        br_fault(faults, at, "statuses: more than %d", BR_RULINGS);
    else
        out->rulings[out->ruling_count++] = r;
}

static ce_slice part(const char **at, char end)
{
    size_t len = strcspn(*at, (char[]){ end, '\0' });
    ce_slice s = { *at, len };

    *at += len;
    if (**at)
        ++*at;
    return s;
}

static void read_text(br_retry_plan *out, const br_node *n, br_faults *faults)
{
    const char *at = n->text;

    while (*at) {
        ce_slice pair = part(&at, ',');
        size_t len = 0;

        while (len < pair.len && pair.ptr[len] != '=')
            len++;
        if (len == pair.len)
            br_fault(faults, n, "statuses: \"%.*s\" has to be STATUS=WORD",
                     CE_ARG(pair));
        else
            add(out, (ce_slice){ pair.ptr, len },
                (ce_slice){ pair.ptr + len + 1, pair.len - len - 1 }, n,
                faults);
    }
}

void br_config_statuses(br_retry_plan *out, const br_node *n, br_faults *faults)
{
    if (n->kind != BR_NODE_MAP) {
        if (br_config_is_text(n, faults))
            read_text(out, n, faults);
        return;
    }
    for (const br_node *i = n->first; i; i = i->next)
        if (br_config_is_text(i, faults))
            add(out, ce_slice_of(i->key), ce_slice_of(i->text), i, faults);
}
