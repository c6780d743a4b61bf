/* SPDX-License-Identifier: Apache-2.0 */
/* Writes help from the tables that also read the options: what is shown is
 * what is accepted. */
#include "bridge/cli/help.h"

#include <string.h>

#include <cloudevents/transport.h>

#include "bridge/config/filter.h"
#include "bridge/config/keys.h"
#include "bridge/watch/admin.h"

/* Names of commands are shorter than those of options. */
enum { COMMAND_COLUMN = 22 };

static const char program_usage[] = "cebridge COMMAND [options] [arguments]\n"
                                    "cebridge help [COMMAND]\n"
                                    "cebridge --version\n";

static const char configuration_usage[] = "cebridge run CONFIG.yaml\n"
                                          "cebridge check CONFIG.yaml\n";

const char *br_help_value(const ce_option *o)
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
    case CE_OPT_SECRET:
        return "SECRET";
    case CE_OPT_LIST:
        return "TEXT,...";
    case CE_OPT_CHOICE:
    case CE_OPT_TEXT:
    case CE_OPT_FAMILY:
        break;
    }
    return o->choices ? o->choices : "TEXT";
}

/* --- rows --- */

static void put_row(br_page *page, unsigned indent, const char *head,
                    const ce_option *o)
{
    char text[300];

    snprintf(text, sizeof text, "%s%s%s%s", o->help, o->preset ? " (" : "",
             o->preset ? o->preset : "", o->preset ? ")" : "");
    br_page_row(page, indent, head, text);
}

static void put_keys(br_page *page, const char *title, const ce_option *table)
{
    char head[120];

    br_page_section(page, title);
    for (const ce_option *o = table; o->name; o++) {
        bool is_text = o->type == CE_OPT_TEXT || o->type == CE_OPT_SECRET;

        snprintf(head, sizeof head, "%s%s%s", o->name, is_text ? "" : ": ",
                 is_text ? "" : br_help_value(o));
        put_row(page, 2, head, o);
    }
}

void br_help_option(char *out, size_t size, const ce_option *o)
{
    snprintf(out, size, "--%s", o->name);
    /* The names behind a dot are those of the configuration. */
    for (char *c = out; *c && *c != '.'; c++)
        if (*c == '_')
            *c = '-';
}

static void put_options(br_page *page, const ce_option *table)
{
    char name[80], head[160];

    br_page_section(page, "Options");
    for (const ce_option *o = table; o && o->name; o++) {
        bool is_flag = o->type == CE_OPT_BOOLEAN;

        br_help_option(name, sizeof name, o);
        snprintf(head, sizeof head, "%s%s%s%s", name,
                 o->type == CE_OPT_FAMILY ? "NAME" : "", is_flag ? "" : " ",
                 is_flag ? "" : br_help_value(o));
        put_row(page, 2, head, o);
    }
    br_page_row(page, 2, "--help", "this text");
}

static void put_exits(br_page *page)
{
    br_page_section(page, "Exit codes");
    br_page_row(page, 2, "0", "done");
    br_page_row(page, 2, "1", "runtime failure");
    br_page_row(page, 2, "2", "usage or configuration");
    br_page_row(page, 2, "3", "an event was refused");
    br_page_row(page, 2, "4", "an event was not delivered");
}

static void put_examples(br_page *page, const char *lines)
{
    if (!lines)
        return;
    br_page_section(page, "Examples");
    br_page_lines(page, lines);
}

/* --- parts --- */

static void put_endpoint_options(br_page *page, const char *role,
                                 const ce_option *table)
{
    char head[200];

    if (!table || !table->name)
        return;
    br_page_label(page, role);
    for (const ce_option *o = table; o->name; o++) {
        snprintf(head, sizeof head, "%s%s=%s", o->name,
                 o->type == CE_OPT_FAMILY ? "NAME" : "", br_help_value(o));
        put_row(page, 4, head, o);
    }
}

static bool is_transport(const char *name)
{
    const ce_transport *t;

    for (unsigned i = 0; name && (t = ce_transport_at(i)); i++)
        if (strcmp(t->name, name) == 0)
            return true;
    return false;
}

void br_help_endpoints(br_page *page, br_help_ends ends, const char *only)
{
    bool is_one = is_transport(only);
    const ce_transport *t;

    br_page_section(page, "Endpoints");
    br_page_paragraph(page,
                      "Endpoints are URIs; their options are query parameters "
                      "(?name=value&name=value), or keys beside \"uri\" in a "
                      "configuration. Sizes and times have units: 64KiB, 10MB, "
                      "100ms, 30s, 7d.");
    for (unsigned i = 0; (t = ce_transport_at(i)); i++) {
        if (is_one && strcmp(t->name, only) != 0)
            continue;
        br_page_part(page, t->name, t->help);
        if (ends != BR_HELP_SINKS && t->receiver)
            put_endpoint_options(page, "as a source", t->receiver_options);
        if (ends != BR_HELP_SOURCES && t->sender)
            put_endpoint_options(page, "as a sink", t->sender_options);
    }
}

void br_help_templates(br_page *page)
{
    br_page_section(page, "Templates");
    br_page_paragraph(
        page, "Templates are texts with {ATTRIBUTE}, {topic}, {topic[N]} "
              "(levels from 0), {partition}, {offset}, {timestamp}, {retain}, "
              "{key}, {header[NAME]}, {data} or {data/JSON/POINTER} in them. "
              "{A|B|\"text\"} is the first that has a value, {epoch_ms(A)}, "
              "{epoch_s(A)} and {utc(A)} read a time. {{ and }} stand for "
              "braces.");
}

static void put_variables(br_page *page)
{
    br_page_section(page, "Variables");
    br_page_paragraph(
        page, "${NAME} in a text stands for an environment variable, which has "
              "to be set, ${NAME:-DEFAULT} for one that need not be, "
              "${NAME:?WHY} for one whose lack is explained, and ${file:PATH} "
              "for what is in a file.");
}

/* --- pages --- */

/* Only manual pages lead to each other. */
static void put_see_also(br_page *page, const char *text)
{
    if (!page->is_man)
        return;
    br_page_section(page, "See also");
    br_page_paragraph(page, text);
}

static void put_see_also_commands(br_page *page,
                                  const br_command *const *commands)
{
    char text[1000] = "cebridge.yaml(5)";
    size_t len = strlen(text);

    for (; *commands && len < sizeof text; commands++)
        len += (size_t)snprintf(text + len, sizeof text - len,
                                ", cebridge-%s(1)", (*commands)->name);
    put_see_also(page, text);
}

void br_help_program(br_page *page, const br_command *const *commands)
{
    br_page_begin(page, "cebridge", "1",
                  "relays CloudEvents between HTTP, Kafka, MQTT and files",
                  program_usage);
    br_page_paragraph(page,
                      "cebridge relays CloudEvents between HTTP, Kafka, MQTT "
                      "and files, and loses neither events nor attributes.");
    br_page_section(page, "Commands");
    page->column = COMMAND_COLUMN;
    for (const br_command *const *c = commands; *c; c++)
        br_page_row(page, 2, (*c)->name, (*c)->summary);
    br_page_row(page, 2, "help configuration", "the keys of a configuration");
    page->column = 0;
    put_exits(page);
    put_see_also_commands(page, commands);
}

void br_help_command(br_page *page, const br_command *c, const char *only)
{
    char name[40];

    snprintf(name, sizeof name, "cebridge-%s", c->name);
    br_page_begin(page, name, "1", c->summary, c->usage);
    br_page_paragraph(page, c->about);
    put_options(page, br_command_options(c));
    if (c->help)
        c->help(page, only);
    put_exits(page);
    put_examples(page, c->examples);
    put_see_also(page, "cebridge(1), cebridge.yaml(5)");
}

void br_help_configuration(br_page *page, const char *only)
{
    br_page_begin(page, "cebridge.yaml", "5", "the configuration of cebridge",
                  configuration_usage);
    br_page_paragraph(
        page, "A configuration is a YAML document with the routes that "
              "cebridge run runs. cebridge check says what is wrong with it, "
              "and what each route promises. Keys that begin with x- are free "
              "for anchors.");
    put_keys(page, "Keys of the configuration", br_top_options);
    put_keys(page, "Keys of \"admin\", beside \"uri\"", br_admin_options);
    put_keys(page, "Keys of a route", br_route_options);
    put_keys(page, "Keys of \"filter\", one of them", br_filter_options);
    put_keys(page, "Keys of \"retry\"", br_retry_options);
    put_keys(page, "Keys of \"wrap\", and any extension's name",
             br_wrap_options);
    put_keys(page, "Keys of \"log\"", br_log_options);
    put_variables(page);
    br_help_templates(page);
    put_examples(page, "  admin: http://127.0.0.1:9090\n"
                       "  routes:\n"
                       "    ingest:\n"
                       "      from: http://0.0.0.0:8080/events\n"
                       "      to: kafka://localhost:9092/events\n"
                       "      dead_letter: file:refused.ndjson\n");
    br_help_endpoints(page, BR_HELP_BOTH, only);
    put_see_also(page, "cebridge(1), cebridge-run(1), cebridge-check(1)");
}
