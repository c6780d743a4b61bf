/* SPDX-License-Identifier: Apache-2.0 */
/* The parser says where it could not go on. That is often behind the mistake:
 * a colon is missing in the line before, a quote is open since long. */
#include "bridge/config/hints.h"

#include <stdint.h>
#include <string.h>

typedef struct spot {
    ce_slice line;
    size_t number, column; /* from 0 */
    const char *what, *remedy;
} spot;

static ce_slice line_at(ce_slice text, size_t number)
{
    const char *end;

    while (text.len && number--) {
        end = memchr(text.ptr, '\n', text.len);
        text =
            ce_slice_skip(text, end ? (size_t)(end - text.ptr) + 1 : text.len);
    }
    end = text.len ? memchr(text.ptr, '\n', text.len) : NULL;
    return (ce_slice){ text.ptr, end ? (size_t)(end - text.ptr) : text.len };
}

static size_t indent_of(ce_slice line)
{
    size_t n = 0;

    while (n < line.len && line.ptr[n] == ' ')
        n++;
    return n;
}

static bool is_blank(ce_slice line)
{
    size_t n = indent_of(line);

    return n == line.len || line.ptr[n] == '#';
}

static const char *find(ce_slice line, const char *text)
{
    return memmem(line.ptr ? line.ptr : "", line.len, text, strlen(text));
}

static bool said(const yaml_parser_t *p, const char *words)
{
    return p->problem && strstr(p->problem, words);
}

static void move_to(spot *s, ce_slice text, size_t number, size_t column)
{
    s->number = number;
    s->line = line_at(text, number);
    s->column = column < s->line.len ? column : s->line.len;
}

static bool has_tab(spot *s)
{
    size_t n = indent_of(s->line);

    if (n == s->line.len || s->line.ptr[n] != '\t')
        return false;
    s->column = n;
    s->what = "a tab in the indentation";
    s->remedy = "YAML takes blanks only";
    return true;
}

static bool say_bare_template(spot *s, size_t column)
{
    s->column = column;
    s->what = "a text with braces has no quotes";
    s->remedy = "quote it: \"{...}\"";
    return true;
}

/* /a/{topic} ends at the brace to YAML where it stands in braces itself. */
static bool has_template_behind(spot *s)
{
    size_t n = s->column;

    if (n == s->line.len || s->line.ptr[n] != '{')
        return false;
    while (n > 0 && !strchr(" ,{[", s->line.ptr[n - 1]))
        n--;
    return n < s->column && say_bare_template(s, n);
}

/* {topic[1]} is a mapping to YAML. */
static bool has_bare_template(spot *s, const yaml_parser_t *p)
{
    const char *open;

    if (!p->context || !strstr(p->context, "flow mapping"))
        return false;
    if (has_template_behind(s))
        return true;
    for (size_t n = s->column; n-- > 0;) {
        open = s->line.ptr + n;
        if (*open == '{')
            break;
        if (strchr(":,\"' ", *open))
            return false;
    }
    open = memrchr(s->line.ptr, '{', s->column);
    return open && say_bare_template(s, (size_t)(open - s->line.ptr));
}

/* The reader knows the place as a number of bytes. The line is not shown: it
 * would look like another one. */
static bool is_no_utf8(br_faults *faults, const yaml_parser_t *p, ce_slice text)
{
    br_node at = { .line = 1 };

    if (p->error != YAML_READER_ERROR || !said(p, "UTF-8"))
        return false;
    for (size_t i = 0; i < p->problem_offset && i < text.len; i++)
        at.line += text.ptr[i] == '\n';
    br_fault(faults, &at, "a character is not written in UTF-8");
    return true;
}

static bool is_open_quote(spot *s, const yaml_parser_t *p, ce_slice text)
{
    if (!p->context || !strstr(p->context, "quoted scalar"))
        return false;
    move_to(s, text, p->context_mark.line, p->context_mark.column);
    s->what = "a quote is not closed";
    s->remedy = "it begins here";
    return true;
}

static bool is_open_bracket(spot *s, const yaml_parser_t *p, ce_slice text)
{
    bool is_map = p->context && strstr(p->context, "flow mapping");

    if (!is_map && !(p->context && strstr(p->context, "flow")))
        return false;
    move_to(s, text, p->context_mark.line, p->context_mark.column);
    s->what = is_map ? "a '{' is not closed, or a comma is missing"
                     : "a '[' is not closed, or a comma is missing";
    s->remedy = "it begins here";
    return true;
}

static bool lacks_colon(spot *s, const yaml_parser_t *p, ce_slice text)
{
    size_t number = p->problem_mark.line;

    if (said(p, "could not find expected ':'")) {
        number = p->context_mark.line;
    } else {
        if (!said(p, "mapping values are not allowed") || number == 0)
            return false;
        do
            number--;
        while (number > 0 && is_blank(line_at(text, number)));
        if (find(line_at(text, number), ":"))
            return false;
    }
    move_to(s, text, number, line_at(text, number).len);
    s->what = "a colon is missing behind the key";
    s->remedy = "here, or behind the first word";
    return true;
}

static bool is_misplaced(spot *s, const yaml_parser_t *p, ce_slice text)
{
    ce_slice before;

    if (!said(p, "mapping values are not allowed") || s->number == 0)
        return false;
    before = line_at(text, s->number - 1);
    if (indent_of(s->line) > indent_of(before)) {
        s->column = indent_of(s->line);
        s->what =
            "the line stands deeper than the one above, which has a value";
        s->remedy = "begin below the key above";
    } else {
        s->what = "a second colon in one line";
        s->remedy = "quote the value, or begin a new line";
    }
    return true;
}

static bool needs_quotes(spot *s, const yaml_parser_t *p)
{
    if (said(p, "block sequence entries are not allowed")) {
        s->what = "\"-\" begins an item of a list";
        s->remedy = "quote it: \"-\"";
        return true;
    }
    if (said(p, "undefined alias")) {
        s->what = "\"*\" stands for an anchor, and there is no such \"&\"";
        s->remedy = "quote it, or name the anchor above";
        return true;
    }
    if (!said(p, "cannot start any token"))
        return false;
    s->what = "no text begins with this character";
    s->remedy = "quote it";
    return true;
}

/* A password may stand there, written as people should not. */
static bool may_be_secret(ce_slice line)
{
    return find(line, "password") || find(line, "token") ||
           find(line, "secret") || find(line, "@");
}

void br_config_hint(br_faults *faults, const yaml_parser_t *p, ce_slice text)
{
    spot s = { .what = p->problem ? p->problem : "this cannot be read",
               .remedy = p->context };
    br_node at = { 0 };

    if (is_no_utf8(faults, p, text))
        return;
    move_to(&s, text, p->problem_mark.line, p->problem_mark.column);
    if (!has_tab(&s) && !is_open_quote(&s, p, text) &&
        !has_bare_template(&s, p) && !is_open_bracket(&s, p, text) &&
        !lacks_colon(&s, p, text) && !is_misplaced(&s, p, text))
        needs_quotes(&s, p);
    while (is_blank(s.line) && s.number > 0)
        move_to(&s, text, s.number - 1, SIZE_MAX);
    at.line = (unsigned)s.number + 1;
    br_fault(faults, &at, "%s", s.what);
    if (!may_be_secret(s.line))
        br_fault_point(faults, s.line, s.column, 1, s.remedy);
}
