/* SPDX-License-Identifier: Apache-2.0 */
/* Reads YAML into a tree that remembers lines, and expands ${VARIABLES}. */
#include "bridge/config/yaml.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

#include <cloudevents/alloc.h>

#include "bridge/config/hints.h"
#include "bridge/config/shape.h"
#include "bridge/config/variables.h"

/* An alias (YAML 1.2 7.1) may stand inside of what it names, and aliases of
 * aliases unfold a small text into billions of nodes. Configurations that
 * people write have some hundred nodes. */
enum { NODES_MAX = 100000 };
/* Some hundred bytes for each node. What has no end is no file. */
enum { TEXT_MAX = 16 << 20 };

typedef struct reader {
    br_faults *faults;
    yaml_document_t *document;
    unsigned nodes;
} reader;

static unsigned line_of(const yaml_node_t *n)
{
    return (unsigned)n->start_mark.line + 1;
}

/* --- nodes --- */

static br_node *read_node(reader *r, yaml_node_t *from, unsigned depth);

static void report_twice(reader *r, const char *key, unsigned line)
{
    br_node at = { .line = line };

    br_fault(r->faults, &at, "\"%s\" is given twice", key);
}

static bool read_pair(reader *r, br_node *map, yaml_node_pair_t *pair,
                      unsigned depth)
{
    yaml_node_t *key = yaml_document_get_node(r->document, pair->key);
    yaml_node_t *value = yaml_document_get_node(r->document, pair->value);
    br_node at = { .line = line_of(key) }, *child;
    const char *name;

    if (key->type != YAML_SCALAR_NODE) {
        br_fault(r->faults, &at, "a key has to be a text");
        return true;
    }
    name = (const char *)key->data.scalar.value;
    if (br_node_find(map, name)) {
        report_twice(r, name, at.line);
        return true;
    }
    child = read_node(r, value, depth + 1);
    if (!child)
        return false;
    /* People look for the key, also where its value begins on a later line. */
    child->line = at.line;
    return br_node_add(map, name, child);
}

static yaml_node_t *node_at(const reader *r, int index)
{
    return yaml_document_get_node(r->document, index);
}

/* The key of P, or NULL when it is none that is read with the others. */
static const char *key_of(const reader *r, const yaml_node_pair_t *p)
{
    const yaml_node_t *key = node_at(r, p->key);

    return key->type == YAML_SCALAR_NODE ? (const char *)key->data.scalar.value
                                         : NULL;
}

/* https://yaml.org/type/merge.html */
static bool is_merge(const reader *r, const yaml_node_pair_t *p)
{
    const char *key = key_of(r, p);

    return key && strcmp(key, "<<") == 0;
}

/* Keys at the top that begin with "x-" belong to the user: anchors stand
 * there. */
static bool is_users(const reader *r, const yaml_node_pair_t *p, unsigned depth)
{
    const char *key = key_of(r, p);

    return depth == 0 && key && strncmp(key, "x-", 2) == 0;
}

static bool read_map(reader *r, br_node *map, yaml_node_t *from,
                     unsigned depth);

/* Takes the pairs of FROM whose keys MAP has not. */
static bool merge_map(reader *r, br_node *map, yaml_node_t *from,
                      unsigned depth)
{
    br_node *taken = br_node_new(BR_NODE_MAP, NULL, 0);
    bool fine = taken && read_map(r, taken, from, depth + 1);

    while (fine && taken->first) {
        br_node *n = taken->first;

        taken->first = n->next;
        n->next = NULL;
        if (br_node_find(map, n->key))
            br_node_free(n);
        else
            br_node_put(map, n);
    }
    br_node_free(taken);
    return fine;
}

static bool merge(reader *r, br_node *map, yaml_node_t *value, unsigned depth)
{
    br_node at = { .line = line_of(value) };
    bool fine = true;

    if (depth > BR_DEPTH_MAX || ++r->nodes > NODES_MAX) {
        br_fault(r->faults, &at, "too large, or an alias inside of itself");
        return false;
    }
    if (value->type == YAML_MAPPING_NODE)
        return merge_map(r, map, value, depth);
    if (value->type == YAML_SCALAR_NODE) {
        br_fault(r->faults, &at, "\"<<\" takes a mapping, or a list of them");
        return true;
    }
    for (yaml_node_item_t *i = value->data.sequence.items.start;
         i < value->data.sequence.items.top && fine; i++)
        fine = merge(r, map, node_at(r, *i), depth + 1);
    return fine;
}

static bool read_map(reader *r, br_node *map, yaml_node_t *from, unsigned depth)
{
    yaml_node_pair_t *start = from->data.mapping.pairs.start;
    yaml_node_pair_t *top = from->data.mapping.pairs.top;
    bool fine = true;

    for (yaml_node_pair_t *p = start; p < top && fine; p++)
        if (!is_merge(r, p) && !is_users(r, p, depth))
            fine = read_pair(r, map, p, depth);
    for (yaml_node_pair_t *p = start; p < top && fine; p++)
        if (is_merge(r, p))
            fine = merge(r, map, node_at(r, p->value), depth);
    return fine;
}

static bool read_list(reader *r, br_node *list, yaml_node_t *from,
                      unsigned depth)
{
    for (yaml_node_item_t *i = from->data.sequence.items.start;
         i < from->data.sequence.items.top; i++) {
        br_node *item =
            read_node(r, yaml_document_get_node(r->document, *i), depth + 1);

        if (!br_node_add(list, NULL, item))
            return false;
    }
    return true;
}

static br_node *read_node(reader *r, yaml_node_t *from, unsigned depth)
{
    br_node at = { .line = line_of(from) }, *n;
    bool fine = true, is_level = from->type != YAML_SCALAR_NODE;

    if (++r->nodes > NODES_MAX || (is_level && depth > BR_DEPTH_MAX)) {
        br_fault(r->faults, &at, "too large, or an alias inside of itself");
        return NULL;
    }
    if (!is_level)
        return br_node_new(BR_NODE_SCALAR,
                           (const char *)from->data.scalar.value, at.line);
    n = br_node_new(from->type == YAML_MAPPING_NODE ? BR_NODE_MAP
                                                    : BR_NODE_LIST,
                    NULL, at.line);
    if (n && from->type == YAML_MAPPING_NODE)
        fine = read_map(r, n, from, depth);
    else if (n)
        fine = read_list(r, n, from, depth);
    if (fine)
        return n;
    br_node_free(n);
    return NULL;
}

/* --- files --- */

static br_node *read_document(br_faults *f, yaml_document_t *document)
{
    yaml_node_t *root = yaml_document_get_root_node(document);
    reader r = { .faults = f, .document = document };
    br_node *n;

    if (!root || root->type != YAML_MAPPING_NODE) {
        br_fault(f, NULL, "a configuration begins with \"routes:\"");
        return NULL;
    }
    n = read_node(&r, root, 0);
    if (n)
        br_config_expand(n, f);
    else if (!f->count)
        br_fault(f, NULL, "out of memory");
    return n;
}

/* A second document would be ignored. */
static void check_end(br_faults *f, yaml_parser_t *parser, ce_slice text)
{
    yaml_document_t more;
    br_node at = { 0 };

    if (!yaml_parser_load(parser, &more)) {
        br_config_hint(f, parser, text);
        return;
    }
    at.line = (unsigned)more.start_mark.line + 1;
    if (yaml_document_get_root_node(&more))
        br_fault(f, &at,
                 "a second document begins here (\"---\"): a "
                 "configuration is one");
    yaml_document_delete(&more);
}

static br_node *read_stream(br_faults *f, yaml_parser_t *parser, ce_slice text)
{
    yaml_document_t document;
    br_node *n = NULL;

    if (!yaml_parser_load(parser, &document)) {
        br_config_hint(f, parser, text);
        return NULL;
    }
    n = read_document(f, &document);
    yaml_document_delete(&document);
    check_end(f, parser, text);
    return n;
}

br_node *br_config_parse(ce_slice text, br_faults *faults)
{
    yaml_parser_t parser;
    br_node *n = NULL;

    if (!br_config_check_shape(text, faults))
        return NULL;
    if (!yaml_parser_initialize(&parser)) {
        br_fault(faults, NULL, "out of memory");
        return NULL;
    }
    yaml_parser_set_input_string(&parser, (const unsigned char *)text.ptr,
                                 text.len);
    n = read_stream(faults, &parser, text);
    yaml_parser_delete(&parser);
    return n;
}

static bool read_all(FILE *file, ce_buf *out)
{
    size_t got;

    do {
        if (ce_buf_reserve(out, 4096) != CE_OK) {
            errno = ENOMEM;
            return false;
        }
        got = fread(out->ptr + out->len, 1, 4096, file);
        out->len += got;
        if (out->len > TEXT_MAX) {
            errno = EFBIG;
            return false;
        }
    } while (got > 0);
    return !ferror(file);
}

br_node *br_config_read(const char *path, br_faults *faults)
{
    ce_buf text = { 0 };
    br_node *n = NULL;
    FILE *file = fopen(path, "rbe");

    faults->file = NULL;
    if (!file || !read_all(file, &text))
        br_fault(faults, NULL, "%s: %s", path, strerror(errno));
    faults->file = path;
    if (file)
        fclose(file);
    if (!faults->count)
        n = br_config_parse(ce_buf_slice(&text), faults);
    /* Passwords may be in it. */
    if (text.ptr)
        explicit_bzero(text.ptr, text.len);
    ce_buf_free(&text);
    return n;
}
