/* SPDX-License-Identifier: Apache-2.0 */
/* A configuration as it was written, in YAML or on the command line. */
#ifndef CE_BRIDGE_CONFIG_TREE_H
#define CE_BRIDGE_CONFIG_TREE_H

#include <stdbool.h>

#include <cloudevents/slice.h>

typedef enum br_node_kind {
    BR_NODE_SCALAR,
    BR_NODE_MAP,
    BR_NODE_LIST
} br_node_kind;

typedef struct br_node br_node;
struct br_node {
    br_node_kind kind;
    char *key;         /* in a map */
    char *text;        /* of a scalar */
    bool is_expanded;  /* there are values of variables in TEXT: show none */
    bool is_faulty;    /* a variable is missing; this has been said */
    unsigned line;     /* of the key, or of an item; 0: no file */
    const char *place; /* without a file: what people call it, borrowed */
    br_node *first, *last, *next;
    br_node **index; /* of many keys, by their hash; NULL: there are few */
    unsigned count, room;
};

/* Copies TEXT, which may be NULL. Returns NULL when out of memory. */
br_node *br_node_new(br_node_kind kind, const char *text, unsigned line);
/* Appends CHILD, which PARENT owns from now on; KEY may be NULL. False when
 * out of memory: CHILD is freed. */
bool br_node_add(br_node *parent, const char *key, br_node *child);
/* Appends CHILD, whose key is set and which is in no tree. */
void br_node_put(br_node *parent, br_node *child);
/* Returns the child with this key, or NULL. */
const br_node *br_node_find(const br_node *map, const char *key);
/* Returns the number of children. */
unsigned br_node_count(const br_node *parent);
/* Frees N, what is below it and what comes after it. Wipes all texts, for
 * secrets may be among them. Accepts NULL. */
void br_node_free(br_node *n);

#endif
