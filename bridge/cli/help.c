/* SPDX-License-Identifier: Apache-2.0 */
/* Writes help from the tables that also read the options: what is shown is
 * what is accepted. */
#include "bridge/cli/help.h"

#include <string.h>

#include <cloudevents/transport.h>

#include "bridge/forms/form.h"

enum { COLUMN = 30, WIDTH = 79 };

static const char *value_of(const ce_option *o)
{
    switch (o->type) {
    case CE_OPT_INTEGER:
        return "N";
    case CE_OPT_BOOLEAN:
        return "true|false";
    case CE_OPT_SIZE:
        return "SIZE";
    case CE_OPT_TIME:
        return "TIME";
    case CE_OPT_CHOICE:
        return o->choices;
    case CE_OPT_SECRET:
        return "SECRET";
    case CE_OPT_LIST:
        return "TEXT,...";
    case CE_OPT_TEXT:
    case CE_OPT_FAMILY:
        break;
    }
    return "TEXT";
}

/* TEXT from column MARGIN on, which is where OUT stands, broken at blanks. */
static void put_wrapped(FILE *out, const char *text, size_t margin)
{
    size_t column = margin;

    while (*text) {
        size_t len = strcspn(text, " \n");

        if (column > margin && column + 1 + len > WIDTH) {
            fprintf(out, "\n%*s", (int)margin, "");
            column = margin;
        }
        if (column > margin) {
            fputc(' ', out);
            column++;
        }
        fwrite(text, 1, len, out);
        column += len;
        text += len;
        text += strspn(text, " \n");
    }
}

static void put_paragraph(FILE *out, const char *text)
{
    put_wrapped(out, text, 0);
    fputc('\n', out);
}

void br_help_begin(FILE *out, const char *usage, const char *text)
{
    fprintf(out, "%s\n\n", usage);
    put_paragraph(out, text);
    fprintf(out, "\nOptions:\n");
}

static void put_row(FILE *out, const char *head, const ce_option *o)
{
    char text[300];
    size_t len = strlen(head);

    if (len < COLUMN)
        fprintf(out, "%-*s", COLUMN, head);
    else
        fprintf(out, "%s\n%*s", head, COLUMN, "");
    snprintf(text, sizeof text, "%s%s%s%s", o->help, o->preset ? " (" : "",
             o->preset ? o->preset : "", o->preset ? ")" : "");
    put_wrapped(out, text, COLUMN);
    fputc('\n', out);
}

void br_help_keys(FILE *out, const char *title, const ce_option *table)
{
    char head[80];

    fprintf(out, "\n%s\n", title);
    for (const ce_option *o = table; o->name; o++) {
        snprintf(head, sizeof head, "  %s", o->name);
        put_row(out, head, o);
    }
}

void br_help_options(FILE *out, const ce_option *table)
{
    char head[120];

    for (const ce_option *o = table; o->name; o++) {
        bool family = o->type == CE_OPT_FAMILY;
        bool flag = o->type == CE_OPT_BOOLEAN;

        snprintf(head, sizeof head, "  --%s%s %s", o->name,
                 family ? "NAME" : "", flag ? "" : value_of(o));
        /* The names behind a dot are those of the configuration. */
        for (char *c = head + 4; *c && *c != ' ' && *c != '.'; c++)
            if (*c == '_')
                *c = '-';
        put_row(out, head, o);
    }
}

static void put_endpoint_options(FILE *out, const char *role,
                                 const ce_option *table)
{
    char head[200];

    if (!table || !table->name)
        return;
    fprintf(out, "  %s:\n", role);
    for (const ce_option *o = table; o->name; o++) {
        snprintf(head, sizeof head, "    %s%s=%s", o->name,
                 o->type == CE_OPT_FAMILY ? "NAME" : "", value_of(o));
        put_row(out, head, o);
    }
}

static bool is_shown(const ce_transport *t, const char *only)
{
    return !only || strcmp(t->name, only) == 0;
}

void br_help_endpoints(FILE *out, br_help_ends ends, const char *only)
{
    const ce_transport *t;

    fputc('\n', out);
    put_paragraph(out,
                  "Endpoints are URIs; their options are query parameters "
                  "(?name=value&name=value), or keys beside \"uri\" in a "
                  "configuration. Sizes and times have units: 64KiB, 10MB, "
                  "100ms, 30s, 7d.");
    for (unsigned i = 0; (t = ce_transport_at(i)); i++) {
        if (!is_shown(t, only))
            continue;
        fputc('\n', out);
        put_paragraph(out, t->help);
        if (ends != BR_HELP_SINKS && t->receiver)
            put_endpoint_options(out, "as a source", t->receiver_options);
        if (ends != BR_HELP_SOURCES && t->sender)
            put_endpoint_options(out, "as a sink", t->sender_options);
    }
}

void br_help_templates(FILE *out)
{
    fputc('\n', out);
    put_paragraph(
        out, "Templates are texts with {ATTRIBUTE}, {topic}, {topic[N]} "
             "(levels from 0), {partition}, {offset}, {timestamp}, {retain}, "
             "{key}, {header[NAME]}, {data} or {data/JSON/POINTER} in them. "
             "{A|B|\"text\"} is the first that has a value, {epoch_ms(A)}, "
             "{epoch_s(A)} and {utc(A)} read a time. {{ and }} stand for "
             "braces.");
}

void br_help_forms(FILE *out)
{
    char names[BR_FORM_NAMES_SIZE];

    br_form_names(names, sizeof names);
    fprintf(out, "\nForms: %s.\n", names);
    put_paragraph(out,
                  "json: one event or many, on lines or not. batch: a JSON "
                  "array. http: the text of a message with its headers, "
                  "binary, structured or a batch. The others are one event in "
                  "that format, or a batch of it.");
}

void br_help_exits(FILE *out)
{
    fprintf(out, "\nExit codes: 0 done, 1 runtime failure, 2 usage or "
                 "configuration, 3 an event was\nrefused, 4 an event was not "
                 "delivered.\n");
}
