/* SPDX-License-Identifier: Apache-2.0 */
/* Reads command lines. getopt_long cannot suggest names. */
#include "bridge/cli/args.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cloudevents/alloc.h>

/* The option's name, without dashes and value. False: it is too long. */
static bool take_name(const char *word, br_arg *out)
{
    size_t len = strcspn(word + 2, "=");

    if (len >= sizeof out->name)
        return false;
    snprintf(out->name, sizeof out->name, "%.*s", (int)len, word + 2);
    snprintf(out->place, sizeof out->place, "--%.*s", (int)len, word + 2);
    for (char *c = out->name; *c; c++)
        if (*c == '-')
            *c = '_';
    return true;
}

static void report_unknown(const br_arg *a, const ce_option *table,
                           br_faults *faults)
{
    const char *nearest = ce_option_nearest(table, a->name);
    const ce_option *found;
    char shown[80] = "";

    if (!nearest) {
        br_fault(faults, NULL, "unknown option \"%s\"", a->place);
        return;
    }
    /* A family is found by its members only. */
    found = ce_option_find(table, nearest);
    snprintf(shown, sizeof shown, "%s%s", nearest, found ? "" : "NAME");
    /* Names behind "retry." are keys of the configuration, with '_'. */
    for (char *c = shown; *c; c++)
        if (*c == '_' && strncmp(shown, "retry.", 6) != 0)
            *c = '-';
    br_fault(faults, NULL, "unknown option \"%s\", did you mean \"--%s\"?",
             a->place, shown);
}

static void check(const br_arg *a, const ce_option *o, br_faults *faults)
{
    ce_option named = *o;
    ce_error err;

    named.name = a->place;
    if (ce_option_check(&named, a->value, &err) != CE_OK)
        br_fault(faults, NULL, "%s", err.text);
}

/* Reads the option at ARGV[*I]; moves *I to its last word. */
static void read_option(br_args *out, int argc, char **argv, int *i,
                        const ce_option *table, br_faults *faults)
{
    const char *word = argv[*i], *equals = strchr(word, '=');
    br_arg *a = &out->options[out->count];
    const ce_option *o;

    if (!take_name(word, a)) {
        br_fault(faults, NULL, "no option has so long a name: \"%s\"", word);
        return;
    }
    o = ce_option_find(table, a->name);
    if (!o) {
        report_unknown(a, table, faults);
        return;
    }
    if (equals)
        a->value = equals + 1;
    else if (o->type == CE_OPT_BOOLEAN)
        a->value = "true";
    else if (*i + 1 < argc)
        a->value = argv[++*i];
    else {
        br_fault(faults, NULL, "%s needs a value", a->place);
        return;
    }
    check(a, o, faults);
    out->count++;
}

void br_args_parse(br_args *out, int argc, char **argv, const ce_option *table,
                   br_faults *faults)
{
    size_t most = (size_t)argc + 1;
    bool ended = false;

    *out = (br_args){ 0 };
    out->options = ce_alloc_zeroed(most * sizeof *out->options);
    out->rest = ce_alloc_zeroed(most * sizeof *out->rest);
    if (!out->options || !out->rest) {
        br_fault(faults, NULL, "out of memory");
        return;
    }
    for (int i = 0; i < argc; i++) {
        if (!ended && strcmp(argv[i], "--") == 0)
            ended = true;
        else if (!ended &&
                 (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0))
            out->help = true;
        else if (!ended && strncmp(argv[i], "--", 2) == 0)
            read_option(out, argc, argv, &i, table, faults);
        else if (!ended && argv[i][0] == '-' && argv[i][1] && argv[i][1] != '?')
            br_fault(faults, NULL, "unknown option \"%s\"", argv[i]);
        else
            out->rest[out->rest_count++] = argv[i];
    }
}

const char *br_args_value(const br_args *a, const char *name)
{
    for (unsigned i = a->count; i-- > 0;)
        if (strcmp(a->options[i].name, name) == 0)
            return a->options[i].value;
    return NULL;
}

bool br_args_flag(const br_args *a, const char *name)
{
    const char *value = br_args_value(a, name);

    return value && strcmp(value, "true") == 0;
}

const char *br_args_text(const br_args *a, const ce_option *table,
                         const char *name)
{
    const char *text = br_args_value(a, name);

    return text ? text : ce_option_find(table, name)->preset;
}

uint64_t br_args_integer(const br_args *a, const ce_option *table,
                         const char *name)
{
    const char *text = br_args_text(a, table, name);

    return text ? strtoull(text, NULL, 10) : 0;
}

uint64_t br_args_ms(const br_args *a, const ce_option *table, const char *name)
{
    const char *text = br_args_text(a, table, name);
    uint64_t ms = 0;

    return text && ce_parse_ms(text, &ms) == CE_OK ? ms : 0;
}

uint64_t br_args_bytes(const br_args *a, const ce_option *table,
                       const char *name)
{
    const char *text = br_args_text(a, table, name);
    uint64_t bytes = 0;

    return text && ce_parse_bytes(text, &bytes) == CE_OK ? bytes : 0;
}

const char *br_arg_pair(const br_arg *a, ce_slice *name, br_faults *faults)
{
    size_t len = strcspn(a->value, "=");

    *name = (ce_slice){ a->value, len };
    if (len > 0 && a->value[len])
        return a->value + len + 1;
    br_fault(faults, NULL, "%s: \"%s\" is not NAME=VALUE", a->place, a->value);
    return NULL;
}

void br_args_free(br_args *a)
{
    ce_free(a->options);
    ce_free(a->rest);
    *a = (br_args){ 0 };
}
