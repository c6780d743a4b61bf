/* SPDX-License-Identifier: Apache-2.0 */
/* The tree of a configuration. */
#include "bridge/config/tree.h"

#include <string.h>

#include <cloudevents/alloc.h>

br_node *br_node_new(br_node_kind kind, const char *text, unsigned line)
{
    br_node *n = ce_alloc_zeroed(sizeof *n);

    if (!n)
        return NULL;
    n->kind = kind;
    n->line = line;
    if (text && !(n->text = ce_strndup(text, strlen(text)))) {
        ce_free(n);
        return NULL;
    }
    return n;
}

void br_node_put(br_node *parent, br_node *child)
{
    if (parent->last)
        parent->last->next = child;
    else
        parent->first = child;
    parent->last = child;
}

bool br_node_add(br_node *parent, const char *key, br_node *child)
{
    if (!child)
        return false;
    if (key && !(child->key = ce_strndup(key, strlen(key)))) {
        br_node_free(child);
        return false;
    }
    br_node_put(parent, child);
    return true;
}

const br_node *br_node_find(const br_node *map, const char *key)
{
    for (const br_node *n = map ? map->first : NULL; n; n = n->next)
        if (n->key && strcmp(n->key, key) == 0)
            return n;
    return NULL;
}

unsigned br_node_count(const br_node *parent)
{
    unsigned count = 0;

    for (const br_node *n = parent->first; n; n = n->next)
        count++;
    return count;
}

void br_node_free(br_node *n)
{
    while (n) {
        br_node *next = n->next;

        br_node_free(n->first);
        if (n->text)
            explicit_bzero(n->text, strlen(n->text));
        ce_free(n->text);
        ce_free(n->key);
        ce_free(n);
        n = next;
    }
}
