/* SPDX-License-Identifier: Apache-2.0 */
/* The two ways to write a page. */
#include "bridge/cli/page.h"

#include <ctype.h>
#include <string.h>

#include <cloudevents/cloudevents.h>

enum { COLUMN = 30, WIDTH = 79, MAN_WIDTH = 70 };

/* man(7): these characters would be read as something else. */
static const char *escape_of(char c)
{
    switch (c) {
    case '\\':
        return "\\e";
    case '-':
        return "\\-";
    case '\'':
        return "\\(aq";
    case '`':
        return "\\(ga";
    case '^':
        return "\\(ha";
    case '~':
        return "\\(ti";
    }
    return NULL;
}

static void put(br_page *p, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        const char *escape = p->is_man ? escape_of(text[i]) : NULL;

        if (escape)
            fputs(escape, p->out);
        else
            fputc(text[i], p->out);
    }
}

static void put_text(br_page *p, const char *text)
{
    put(p, text, strlen(text));
}

/* A line of man(7) must not begin like a request. */
static void begin_line(br_page *p, char first, size_t margin)
{
    if (!p->is_man)
        fprintf(p->out, "%*s", (int)margin, "");
    else if (first == '.')
        fputs("\\&", p->out);
}

/* A manual page begins each sentence on a line of its own. */
static bool has_room(const br_page *p, size_t column, size_t len, char last)
{
    return p->is_man ? last != '.' && column + 1 + len <= MAN_WIDTH
                     : column + 1 + len <= WIDTH;
}

/* TEXT from column MARGIN on, which is where the page stands, broken at
 * blanks. */
static void put_flowing(br_page *p, const char *text, size_t margin)
{
    size_t column = margin;
    char last = '\0';

    while (*text) {
        size_t len = strcspn(text, " \n");

        if (column > margin && !has_room(p, column, len, last)) {
            fputc('\n', p->out);
            begin_line(p, *text, margin);
            column = margin;
        } else if (column > margin) {
            fputc(' ', p->out);
            column++;
        } else if (p->is_man) {
            begin_line(p, *text, margin);
        }
        put(p, text, len);
        column += len;
        last = text[len - 1];
        text += len;
        text += strspn(text, " \n");
    }
    fputc('\n', p->out);
}

/* Each line of TEXT as it is, without what it begins with of SKIPPED. */
static void put_lines(br_page *p, const char *text, const char *skipped)
{
    while (*text) {
        size_t len;

        text += strspn(text, skipped);
        len = strcspn(text, "\n");
        if (p->is_man)
            begin_line(p, *text, 0);
        put(p, text, len);
        fputc('\n', p->out);
        text += len + (text[len] == '\n');
    }
}

void br_page_begin(br_page *p, const char *name, const char *section,
                   const char *summary, const char *usage)
{
    if (p->is_man) {
        fprintf(p->out, ".TH \"");
        for (const char *c = name; *c; c++)
            put(p, (char[]){ (char)toupper((unsigned char)*c) }, 1);
        fprintf(p->out, "\" %s \"\" \"cebridge %s\"\n.SH NAME\n", section,
                CE_VERSION);
        put_text(p, name);
        fputs(" \\- ", p->out);
        put_flowing(p, summary, 0);
        fputs(".SH SYNOPSIS\n.nf\n", p->out);
    }
    put_lines(p, usage, " ");
    fputs(p->is_man ? ".fi\n.SH DESCRIPTION\n" : "\n", p->out);
    p->is_begun = false;
}

void br_page_section(br_page *p, const char *title)
{
    p->is_begun = false;
    if (!p->is_man) {
        fprintf(p->out, "\n%s:\n", title);
        return;
    }
    fputs(".SH ", p->out);
    for (const char *c = title; *c; c++)
        put(p, (char[]){ (char)toupper((unsigned char)*c) }, 1);
    fputc('\n', p->out);
}

void br_page_part(br_page *p, const char *name, const char *text)
{
    if (p->is_man)
        fprintf(p->out, ".SS %s", name);
    fputc('\n', p->out);
    put_flowing(p, text, 0);
    p->is_begun = true;
}

void br_page_label(br_page *p, const char *text)
{
    if (p->is_man)
        fprintf(p->out, ".PP\n\\fI%s:\\fR\n", text);
    else
        fprintf(p->out, "  %s:\n", text);
}

/* man(7) begins a section with a paragraph by itself. */
static void begin_paragraph(br_page *p)
{
    if (p->is_man && p->is_begun)
        fputs(".PP\n", p->out);
    p->is_begun = true;
}

void br_page_paragraph(br_page *p, const char *text)
{
    begin_paragraph(p);
    put_flowing(p, text, 0);
}

/* The name in bold letters, its value in italic ones. */
static void put_man_head(br_page *p, const char *head)
{
    size_t len = strcspn(head, " =:");

    fputs(".TP\n\\fB", p->out);
    put(p, head, len);
    fputs("\\fR", p->out);
    if (head[len]) {
        put(p, head + len, 1);
        fputs("\\fI", p->out);
        put_text(p, head + len + 1);
        fputs("\\fR", p->out);
    }
    fputc('\n', p->out);
}

void br_page_row(br_page *p, unsigned indent, const char *head,
                 const char *text)
{
    size_t len = indent + strlen(head), column = p->column ? p->column : COLUMN;

    if (p->is_man) {
        put_man_head(p, head);
        put_flowing(p, text, 0);
        return;
    }
    fprintf(p->out, "%*s%s", (int)indent, "", head);
    if (len >= column)
        fprintf(p->out, "\n%*s", (int)column, "");
    else
        fprintf(p->out, "%*s", (int)(column - len), "");
    put_flowing(p, text, column);
}

void br_page_lines(br_page *p, const char *text)
{
    begin_paragraph(p);
    if (p->is_man)
        fputs(".nf\n", p->out);
    put_lines(p, text, "");
    if (p->is_man)
        fputs(".fi\n", p->out);
}
