/* SPDX-License-Identifier: Apache-2.0 */
/* Filters of a configuration: CESQL text, one dialect, or a list. */
#include "bridge/config/filter.h"

#include "bridge/config/keys.h"
#include "core/cesql/filter.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    ce_filter_kind kind;
} dialects[] = {
    { "exact", CE_FILTER_EXACT },   { "prefix", CE_FILTER_PREFIX },
    { "suffix", CE_FILTER_SUFFIX }, { "all", CE_FILTER_ALL },
    { "any", CE_FILTER_ANY },       { "not", CE_FILTER_NOT },
    { "sql", CE_FILTER_SQL },
};

const ce_option br_filter_options[] = {
    { "exact", CE_OPT_TEXT, NULL, "ATTRIBUTES", 0, 0,
      "attributes that are equal to texts" },
    { "prefix", CE_OPT_TEXT, NULL, "ATTRIBUTES", 0, 0,
      "attributes that begin with texts" },
    { "suffix", CE_OPT_TEXT, NULL, "ATTRIBUTES", 0, 0,
      "attributes that end with texts" },
    { "all", CE_OPT_TEXT, NULL, "FILTERS", 0, 0,
      "filters that have to pass all" },
    { "any", CE_OPT_TEXT, NULL, "FILTERS", 0, 0,
      "filters of which one has to pass" },
    { "not", CE_OPT_TEXT, NULL, "ONE-FILTER", 0, 0,
      "a filter that must not pass" },
    { "sql", CE_OPT_TEXT, NULL, NULL, 0, 0, "CESQL text" },
    CE_OPTION_END,
};

/* What people write who know other languages. */
typedef struct slip {
    const char *wrong, *right, *remedy;
} slip;

static const slip *slip_at(const char *text, unsigned column, unsigned *begin)
{
    static const slip rows[] = {
        { "==", "=", "CESQL compares with one =" },
        { "&&", "AND", "CESQL writes AND" },
        { "||", "OR", "CESQL writes OR" },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (unsigned back = 0; back < 2 && back <= column; back++)
            if (!strncmp(text + column - back, rows[i].wrong, 2)) {
                *begin = column - back;
                return &rows[i];
            }
    return NULL;
}

/* A dot belongs to no word of CESQL: why it stands there. */
static const char *why_a_dot(const char *text, unsigned column)
{
    unsigned begin = column;

    if (text[column] != '.')
        return NULL;
    while (begin > 0 && strchr(" (=<>", text[begin - 1]) == NULL)
        begin--;
    return strncmp(text + begin, "data.", 5) == 0
               ? "filters see attributes, not data"
               : "quote what is a text: '...'";
}

/* Says what is wrong, and marks the place in the expression. */
static void report_sql(const br_node *n, const ce_error *err, br_faults *faults)
{
    unsigned column = 0, begin;
    bool found = !n->is_expanded && !strchr(n->text, '\n') &&
                 sscanf(err->text, "column %u:", &column) == 1 && column > 0 &&
                 column <= strlen(n->text) + 1;
    const slip *known = found ? slip_at(n->text, column - 1, &begin) : NULL;

    if (known) {
        br_fault(faults, n, "filter: \"%s\" expected, not \"%s\"", known->right,
                 known->wrong);
        br_fault_point(faults, ce_slice_of(n->text), begin, 2, known->remedy);
        return;
    }
    br_fault(faults, n, "filter: %s", err->text);
    if (found)
        br_fault_point(faults, ce_slice_of(n->text), column - 1, 1,
                       why_a_dot(n->text, column - 1));
}

static ce_filter *sql(const br_node *n, br_faults *faults)
{
    ce_filter *f = NULL;
    ce_error err;

    if (!br_config_is_text(n, faults))
        return NULL;
    if (ce_filter_sql(&f, ce_slice_of(n->text), &err) == CE_OK &&
        ce_filter_check_calls(f, &err) == CE_OK)
        return f;
    report_sql(n, &err, faults);
    ce_filter_free(f);
    return NULL;
}

static ce_filter *attribute(const br_node *n, ce_filter_kind kind,
                            br_faults *faults)
{
    ce_filter *f = NULL;
    ce_error err;

    if (!br_config_is_text(n, faults))
        return NULL;
    if (ce_filter_attribute(&f, kind, ce_slice_of(n->key), ce_slice_of(n->text),
                            &err) == CE_OK)
        return f;
    br_fault(faults, n, "filter: %s", err.text);
    return NULL;
}

/* A group of KIND over the children of N; LEAF is the kind of its parts when
 * they are attributes, or KIND itself when they are filters. */
static ce_filter *group(const br_node *n, ce_filter_kind kind,
                        ce_filter_kind leaf, br_faults *faults)
{
    ce_filter *f = NULL;
    ce_error err;

    if (ce_filter_group(&f, kind, &err) != CE_OK) {
        br_fault(faults, n, "filter: %s", err.text);
        return NULL;
    }
    for (const br_node *i = n->first; i; i = i->next) {
        ce_filter *part;

        if (leaf == kind)
            part = br_config_filter(i, faults);
        else
            part = attribute(i, leaf, faults);
        if (part && ce_filter_add(f, part, &err) != CE_OK)
            br_fault(faults, i, "filter: %s", err.text);
    }
    return f;
}

static ce_filter *negation(const br_node *n, br_faults *faults)
{
    ce_filter *f = NULL, *part = br_config_filter(n, faults);
    ce_error err;

    if (!part)
        return NULL;
    if (ce_filter_group(&f, CE_FILTER_NOT, &err) != CE_OK) {
        ce_filter_free(part);
        br_fault(faults, n, "filter: %s", err.text);
    } else if (ce_filter_add(f, part, &err) != CE_OK) {
        br_fault(faults, n, "filter: %s", err.text);
    }
    return f;
}

static ce_filter *fail(const br_node *n, const char *shape, br_faults *faults)
{
    br_fault(faults, n, "filter: \"%s\" has to be %s", n->key, shape);
    return NULL;
}

static ce_filter *dialect(const br_node *n, ce_filter_kind kind,
                          br_faults *faults)
{
    switch (kind) {
    case CE_FILTER_EXACT:
    case CE_FILTER_PREFIX:
    case CE_FILTER_SUFFIX:
        /* Subscriptions API 3.2.4.1: an empty dialect is an error. */
        if (n->kind != BR_NODE_MAP || !n->first)
            return fail(n, "a mapping of attributes", faults);
        return group(n, CE_FILTER_ALL, kind, faults);
    case CE_FILTER_ALL:
    case CE_FILTER_ANY:
        if (n->kind != BR_NODE_LIST || !n->first)
            return fail(n, "a list of filters", faults);
        return group(n, kind, kind, faults);
    case CE_FILTER_NOT:
        if (n->kind == BR_NODE_LIST)
            return fail(n, "one filter, not a list", faults);
        return negation(n, faults);
    case CE_FILTER_SQL:
        break;
    }
    return sql(n, faults);
}

static ce_filter *mapping(const br_node *n, br_faults *faults)
{
    const br_node *one = n->first;

    if (!one) {
        br_fault(faults, n, "filter: it is empty");
        return NULL;
    }
    /* Subscriptions API 3.2.4: each filter is one dialect. */
    if (one->next) {
        br_fault(faults, one->next,
                 "filter: \"%s\" and \"%s\" in one mapping; write a list "
                 "or \"all\"",
                 one->key, one->next->key);
        return NULL;
    }
    if (one->kind == BR_NODE_SCALAR &&
        !ce_option_nearest(br_filter_options, one->key)) {
        br_fault(faults, one,
                 "filter: \"%s\" is no dialect: write { exact: { %s: ... } }",
                 one->key, one->key);
        return NULL;
    }
    if (!br_config_check_keys(n, br_filter_options, faults))
        return NULL;
    for (size_t i = 0; i < sizeof dialects / sizeof *dialects; i++)
        if (strcmp(one->key, dialects[i].name) == 0)
            return dialect(one, dialects[i].kind, faults);
    return NULL;
}

ce_filter *br_config_filter(const br_node *n, br_faults *faults)
{
    switch (n->kind) {
    case BR_NODE_MAP:
        return mapping(n, faults);
    case BR_NODE_LIST:
        return group(n, CE_FILTER_ALL, CE_FILTER_ALL, faults);
    case BR_NODE_SCALAR:
        break;
    }
    return sql(n, faults);
}
