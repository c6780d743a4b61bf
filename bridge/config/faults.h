/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong with a configuration, with the place of each fault. */
#ifndef CE_BRIDGE_CONFIG_FAULTS_H
#define CE_BRIDGE_CONFIG_FAULTS_H

#include "bridge/config/tree.h"
#include "bridge/config/values.h"

/* A part of the text. */
typedef struct br_fault_part {
    size_t begin, len;
} br_fault_part;

/* One fault: where it is, and where the text says so. */
typedef struct br_fault_place {
    unsigned line;         /* from 1; 0: on the command line */
    br_fault_part message; /* without the place */
    br_fault_part excerpt; /* empty: none; COLUMN counts in it, from 1 */
    br_fault_part remedy;
    unsigned column;
} br_fault_place;

/* Zero it and set FILE before its first use. TEXT has one line for each fault,
 * as it is shown. */
typedef struct br_faults {
    const char *file; /* NULL: the command line */
    bool is_for_log;  /* which has the name of the program already */
    ce_buf text;
    unsigned count;
    br_values values;       /* no fault shows them */
    br_fault_place *places; /* of all, unless there was no memory */
    unsigned place_count;
} br_faults;

/* Adds a line that begins with the place of AT; NULL: with the file alone. Go
 * on after it, so that one run lists all faults. What arguments and files have
 * brought into it cannot move a terminal's cursor, and the values of variables
 * have their names instead. */
void br_fault(br_faults *f, const br_node *at, const char *fmt, ...)
    CE_PRINTF(3, 4);
/* Adds how the command is called, perhaps on several lines. */
void br_fault_usage(br_faults *f, const char *usage);
/* Shows LINE below the fault that was added last, with WIDTH marks from COLUMN,
 * which counts from 0, and what helps; REMEDY may be NULL. */
void br_fault_point(br_faults *f, ce_slice line, size_t column, size_t width,
                    const char *remedy);
/* Call when the faults have been shown. */
void br_faults_free(br_faults *f);
/* Writes all faults to stderr. Returns whether there was one. */
bool br_faults_show(const br_faults *f);

#endif
