/* SPDX-License-Identifier: Apache-2.0 */
/* A page of help: text for a terminal, or the source of a manual page. All
 * texts are UTF-8 without markup; line breaks in those that flow are blanks. */
#ifndef CE_BRIDGE_CLI_PAGE_H
#define CE_BRIDGE_CLI_PAGE_H

#include <stdbool.h>
#include <stdio.h>

typedef struct br_page {
    FILE *out;
    bool is_man;     /* man(7), else text of 79 columns */
    unsigned column; /* where texts of rows begin; 0: the usual one */
    bool is_begun;   /* the section has a text already; false at first */
} br_page;

/* Begins the page: NAME with its SECTION of the manual and what it is, which
 * the text does not repeat, and how it is called, one way a line. */
void br_page_begin(br_page *p, const char *name, const char *section,
                   const char *summary, const char *usage);
void br_page_section(br_page *p, const char *title);
/* A part of a section, about the thing NAME. Text that flows. */
void br_page_part(br_page *p, const char *name, const char *text);
/* The title of some rows of a part. */
void br_page_label(br_page *p, const char *text);
/* Text that flows. */
void br_page_paragraph(br_page *p, const char *text);
/* HEAD, so many columns from the left, and what it is, which flows. */
void br_page_row(br_page *p, unsigned indent, const char *head,
                 const char *text);
/* Lines that stay as they are. */
void br_page_lines(br_page *p, const char *text);

#endif
