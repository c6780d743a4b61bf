/* SPDX-License-Identifier: Apache-2.0 */
/* The tree of a configuration. */
#include "bridge/config/tree.h"

#include <stdint.h>
#include <string.h>

#include <cloudevents/alloc.h>

#include "core/base/hash.h"

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

/* --- keys --- */

/* So many are looked at one by one. */
enum { FEW = 16 };

/* The place of KEY, or the empty one where it belongs. */
static br_node **place_of(const br_node *map, const char *key)
{
    uint64_t hash = ce_hash(CE_HASH_START, ce_slice_of(key));
    unsigned at = (unsigned)hash & (map->room - 1);

    while (map->index[at] && strcmp(map->index[at]->key, key) != 0)
        at = (at + 1) & (map->room - 1);
    return &map->index[at];
}

static void drop_index(br_node *map)
{
    ce_free(map->index);
    map->index = NULL;
    map->room = 0;
}

/* Without memory there is none, and finding takes longer. Of two children with
 * one key the first counts. */
static void make_index(br_node *map)
{
    unsigned room = FEW;

    while (room < map->count * 4)
        room *= 2;
    drop_index(map);
    map->index = ce_alloc_zeroed(room * sizeof *map->index);
    if (!map->index)
        return;
    map->room = room;
    for (br_node *n = map->first; n; n = n->next)
        if (n->key) {
            br_node **place = place_of(map, n->key);

            if (!*place)
                *place = n;
        }
}

static void keep_index(br_node *parent, br_node *child)
{
    br_node **place;

    parent->count++;
    if (!child->key || parent->count <= FEW)
        return;
    if (parent->count * 2 > parent->room) {
        make_index(parent);
        return;
    }
    place = place_of(parent, child->key);
    if (!*place)
        *place = child;
}

/* --- children --- */

void br_node_put(br_node *parent, br_node *child)
{
    if (parent->last)
        parent->last->next = child;
    else
        parent->first = child;
    parent->last = child;
    keep_index(parent, child);
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
    if (map && map->index)
        return *place_of(map, key);
    for (const br_node *n = map ? map->first : NULL; n; n = n->next)
        if (n->key && strcmp(n->key, key) == 0)
            return n;
    return NULL;
}

unsigned br_node_count(const br_node *parent)
{
    return parent->count;
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
        drop_index(n);
        ce_free(n);
        n = next;
    }
}
