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

/* TEXT from column AT on, broken at spaces. */
static void put_wrapped(FILE *out, const char *text, size_t at)
{
    size_t column = at;

    while (*text) {
        size_t len = strcspn(text, " ");

        if (column > COLUMN && column + 1 + len > WIDTH) {
            fprintf(out, "\n%*s", COLUMN, "");
            column = COLUMN;
        }
        if (column > COLUMN) {
            fputc(' ', out);
            column++;
        }
        fwrite(text, 1, len, out);
        column += len;
        text += len;
        text += strspn(text, " ");
    }
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

void br_help_endpoints(FILE *out, bool sources, bool sinks)
{
    const ce_transport *t;

    fprintf(out, "\nEndpoints are URIs; their options are query parameters "
                 "(?name=value&name=value),\nor keys beside \"uri\" in a "
                 "configuration. Sizes and times have units: 64KiB, 10MB,\n"
                 "100ms, 30s, 7d.\n");
    for (unsigned i = 0; (t = ce_transport_at(i)); i++) {
        fprintf(out, "\n%s\n", t->help);
        if (sources && t->receiver)
            put_endpoint_options(out, "as a source", t->receiver_options);
        if (sinks && t->sender)
            put_endpoint_options(out, "as a sink", t->sender_options);
    }
}

void br_help_templates(FILE *out)
{
    fprintf(out,
            "\nTemplates are texts with {ATTRIBUTE}, {topic}, {topic[N]} "
            "(levels from 0),\n{partition}, {offset}, {timestamp}, {retain}, "
            "{key}, {header[NAME]}, {data} or\n{data/JSON/POINTER} in them. "
            "{A|B|\"text\"} is the first that has a value,\n{epoch_ms(A)}, "
            "{epoch_s(A)} and {utc(A)} read a time. {{ and }} stand for "
            "braces.\n");
}

void br_help_forms(FILE *out)
{
    char names[BR_FORM_NAMES_SIZE];

    br_form_names(names, sizeof names);
    fprintf(out, "\nForms: %s.\n", names);
    fprintf(out, "json: one event or many, on lines or not. batch: a JSON "
                 "array. http: the text of\na message with its headers, "
                 "binary, structured or a batch. The others are one\nevent in "
                 "that format, or a batch of it.\n");
}

void br_help_exits(FILE *out)
{
    fprintf(out, "\nExit codes: 0 done, 1 runtime failure, 2 usage or "
                 "configuration, 3 an event was\nrefused, 4 an event was not "
                 "delivered.\n");
}
