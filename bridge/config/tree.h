/* SPDX-License-Identifier: Apache-2.0 */
/* A configuration as it was written, in YAML or on the command line, and the
 * list of what is wrong with it. */
#ifndef CE_BRIDGE_CONFIG_TREE_H
#define CE_BRIDGE_CONFIG_TREE_H

#include <stdbool.h>

#include <cloudevents/slice.h>

typedef enum ce_node_kind {
    CE_NODE_SCALAR,
    CE_NODE_MAP,
    CE_NODE_LIST
} ce_node_kind;

typedef struct ce_node ce_node;
struct ce_node {
    ce_node_kind kind;
    char *key;         /* in a map */
    char *text;        /* of a scalar */
    unsigned line;     /* of the key, or of an item; 0: no file */
    const char *place; /* without a file: what people call it, borrowed */
    ce_node *first, *last, *next;
};

/* NULL when out of memory. TEXT may be NULL. */
ce_node *ce_node_new(ce_node_kind kind, const char *text, unsigned line);
/* Appends CHILD, which PARENT owns from now on; KEY may be NULL. False when
 * out of memory: CHILD is freed. */
bool ce_node_add(ce_node *parent, const char *key, ce_node *child);
/* The child with this key, or NULL. */
const ce_node *ce_node_find(const ce_node *map, const char *key);
/* Wipes all texts. Accepts NULL. */
void ce_node_free(ce_node *n);

/* What is wrong, one line each, as it is shown. */
typedef struct ce_faults {
    const char *file; /* NULL: the command line */
    ce_buf text;
    unsigned count;
} ce_faults;

/* Adds a line that begins with the place of AT. */
void ce_fault(ce_faults *f, const ce_node *at, const char *fmt, ...)
    CE_PRINTF(3, 4);
void ce_faults_free(ce_faults *f);

#endif
