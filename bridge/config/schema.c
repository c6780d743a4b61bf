/* SPDX-License-Identifier: Apache-2.0 */
/* Makes a schema of the tables that read the configuration. It accepts what
 * they accept, and any text with a variable in it: what that stands for, no
 * editor knows. Failures of cJSON for want of memory end in the last call. */
#include "bridge/config/schema.h"

#include <string.h>

#include <cJSON.h>

#include <cloudevents/transport.h>

#include "bridge/config/filter.h"
#include "bridge/config/keys.h"
#include "bridge/watch/admin.h"
#include "bridge/watch/json_tree.h"

#define VARIABLE ".*\\$\\{.*"

enum { PATTERN = 300 };

/* --- pieces --- */

static cJSON *refer(const char *name)
{
    cJSON *made = cJSON_CreateObject();
    char path[100];

    snprintf(path, sizeof path, "#/definitions/%s", name);
    cJSON_AddStringToObject(made, "$ref", path);
    return made;
}

static cJSON *type(const char *name)
{
    cJSON *made = cJSON_CreateObject();

    cJSON_AddStringToObject(made, "type", name);
    return made;
}

static cJSON *types(const char *const *names, int count)
{
    cJSON *made = cJSON_CreateObject();

    cJSON_AddItemToObject(made, "type", cJSON_CreateStringArray(names, count));
    return made;
}

/* YAML takes some texts for numbers and booleans. */
static cJSON *text(void)
{
    return types((const char *const[]){ "string", "number", "boolean" }, 3);
}

static cJSON *matching(const char *pattern)
{
    cJSON *made = type("string");

    cJSON_AddStringToObject(made, "pattern", pattern);
    return made;
}

static cJSON *any_of(cJSON *a, cJSON *b)
{
    cJSON *made = cJSON_CreateObject();
    cJSON *list = cJSON_AddArrayToObject(made, "anyOf");

    cJSON_AddItemToArray(list, a);
    cJSON_AddItemToArray(list, b);
    return made;
}

static cJSON *list_of(cJSON *item)
{
    cJSON *made = type("array");

    cJSON_AddItemToObject(made, "items", item);
    cJSON_AddNumberToObject(made, "minItems", 1);
    return made;
}

/* A mapping of any names like PATTERN. */
static cJSON *mapping_of(const char *pattern, cJSON *value)
{
    cJSON *made = type("object"), *names = cJSON_CreateObject();

    cJSON_AddStringToObject(names, "pattern", pattern);
    cJSON_AddItemToObject(made, "propertyNames", names);
    cJSON_AddItemToObject(made, "additionalProperties", value);
    return made;
}

static cJSON *attributes(void)
{
    return mapping_of("^[a-z0-9]+$", text());
}

/* --- options --- */

static cJSON *integer(const ce_option *o)
{
    cJSON *made = types((const char *const[]){ "integer", "string" }, 2);

    if (o->min || o->max) {
        cJSON_AddNumberToObject(made, "minimum", (double)o->min);
        cJSON_AddNumberToObject(made, "maximum", (double)o->max);
    }
    cJSON_AddStringToObject(made, "pattern", "^([0-9]+|" VARIABLE ")$");
    return made;
}

static cJSON *boolean(void)
{
    cJSON *made = types((const char *const[]){ "boolean", "string" }, 2);

    cJSON_AddStringToObject(made, "pattern", "^(true|false|" VARIABLE ")$");
    return made;
}

static cJSON *choice(const char *choices)
{
    cJSON *made = cJSON_CreateObject();
    cJSON *list = cJSON_AddArrayToObject(made, "enum");
    char one[PATTERN];

    while (*choices) {
        size_t len = strcspn(choices, "|");

        snprintf(one, sizeof one, "%.*s", (int)len, choices);
        cJSON_AddItemToArray(list, cJSON_CreateString(one));
        choices += len + (choices[len] == '|');
    }
    return any_of(made, matching(VARIABLE));
}

static cJSON *of_kind(const char *kind);

static cJSON *of_option(const ce_option *o)
{
    switch (o->type) {
    case CE_OPT_INTEGER:
        return integer(o);
    case CE_OPT_BOOLEAN:
        return boolean();
    case CE_OPT_SIZE:
        return matching("^([0-9]+(B|KB|kB|MB|GB|KiB|MiB|GiB)|" VARIABLE ")$");
    case CE_OPT_TIME:
        return matching("^([0-9]+(ms|s|m|h|d)|" VARIABLE ")$");
    case CE_OPT_CHOICE:
        return choice(o->choices);
    case CE_OPT_LIST:
        return any_of(text(), list_of(text()));
    case CE_OPT_TEXT:
        return of_kind(o->choices);
    case CE_OPT_SECRET:
    case CE_OPT_FAMILY:
        break;
    }
    return text();
}

/* Beside a reference nothing else counts. */
static cJSON *described(cJSON *schema, const ce_option *o)
{
    cJSON *made = schema;

    if (cJSON_GetObjectItem(schema, "$ref")) {
        made = cJSON_CreateObject();
        cJSON_AddItemToArray(cJSON_AddArrayToObject(made, "allOf"), schema);
    }
    cJSON_AddStringToObject(made, "description", o->help);
    if (o->preset)
        cJSON_AddStringToObject(made, "default", o->preset);
    return made;
}

/* "rdkafka.": a mapping "rdkafka", or such names. */
static void add_family(cJSON *object, cJSON *properties, const ce_option *o)
{
    cJSON *patterns = cJSON_AddObjectToObject(object, "patternProperties");
    char pattern[PATTERN];
    int len = (int)strlen(o->name) - 1;

    snprintf(pattern, sizeof pattern, "^%.*s\\.", len, o->name);
    cJSON_AddItemToObject(patterns, pattern, described(text(), o));
    snprintf(pattern, sizeof pattern, "%.*s", len, o->name);
    cJSON_AddItemToObject(properties, pattern,
                          described(mapping_of("", text()), o));
}

/* The keys of TABLE and no others. Those that have to be there say so. */
static cJSON *object_of(const ce_option *table)
{
    cJSON *made = type("object");
    cJSON *properties = cJSON_AddObjectToObject(made, "properties");
    cJSON *required = cJSON_CreateArray();

    for (const ce_option *o = table; o && o->name; o++) {
        if (o->type == CE_OPT_FAMILY)
            add_family(made, properties, o);
        else
            cJSON_AddItemToObject(properties, o->name,
                                  described(of_option(o), o));
        if (strstr(o->help, "required"))
            cJSON_AddItemToArray(required, cJSON_CreateString(o->name));
    }
    if (cJSON_GetArraySize(required))
        cJSON_AddItemToObject(made, "required", required);
    else
        cJSON_Delete(required);
    cJSON_AddFalseToObject(made, "additionalProperties");
    return made;
}

static void allow(cJSON *object, const char *name, cJSON *schema)
{
    cJSON_AddItemToObject(cJSON_GetObjectItem(object, "properties"), name,
                          schema);
}

static void demand(cJSON *object, const char *name)
{
    cJSON_AddItemToObject(object, "required",
                          cJSON_CreateStringArray(&name, 1));
}

/* --- endpoints --- */

static bool has_role(const ce_transport *t, bool is_sink)
{
    return is_sink ? t->sender != NULL : t->receiver != NULL;
}

/* Adds the schemes of T to the alternatives in PATTERN. */
static void add_schemes(char *pattern, const ce_transport *t)
{
    for (const char *const *s = t->schemes; *s; s++) {
        size_t len = strlen(pattern);

        snprintf(pattern + len, PATTERN - len, "%s%s%s", len > 2 ? "|" : "", *s,
                 strcmp(*s, "-") == 0 ? "($|\\?)" : ":");
    }
}

static cJSON *uri(bool is_sink)
{
    char pattern[PATTERN] = "^(";
    const ce_transport *t;
    size_t len;

    for (unsigned i = 0; (t = ce_transport_at(i)); i++)
        if (has_role(t, is_sink))
            add_schemes(pattern, t);
    len = strlen(pattern);
    snprintf(pattern + len, PATTERN - len, "|" VARIABLE ")");
    return matching(pattern);
}

static void name_of(char *out, size_t size, const ce_transport *t, bool is_sink)
{
    snprintf(out, size, "%s_%s", t->name, is_sink ? "sink" : "source");
}

/* The options that a mapping with a URI of T has. */
static cJSON *rule_of(const ce_transport *t, bool is_sink)
{
    cJSON *made = cJSON_CreateObject(), *properties;
    cJSON *condition = cJSON_AddObjectToObject(made, "if");
    char pattern[PATTERN] = "^(", name[80];

    add_schemes(pattern, t);
    snprintf(pattern + strlen(pattern), PATTERN - strlen(pattern), ")");
    properties = cJSON_AddObjectToObject(condition, "properties");
    cJSON_AddItemToObject(properties, "uri", matching(pattern));
    demand(condition, "uri");
    name_of(name, sizeof name, t, is_sink);
    cJSON_AddItemToObject(made, "then", refer(name));
    return made;
}

static cJSON *endpoint(bool is_sink)
{
    cJSON *made = type("object");
    cJSON *properties = cJSON_AddObjectToObject(made, "properties");
    cJSON *rules = cJSON_AddArrayToObject(made, "allOf");
    const ce_transport *t;

    cJSON_AddItemToObject(properties, "uri", uri(is_sink));
    demand(made, "uri");
    for (unsigned i = 0; (t = ce_transport_at(i)); i++)
        if (has_role(t, is_sink))
            cJSON_AddItemToArray(rules, rule_of(t, is_sink));
    return any_of(uri(is_sink), made);
}

static void define_endpoints(cJSON *definitions, bool is_sink)
{
    const ce_transport *t;
    char name[80];

    for (unsigned i = 0; (t = ce_transport_at(i)); i++) {
        cJSON *made =
            object_of(is_sink ? t->sender_options : t->receiver_options);

        allow(made, "uri", cJSON_CreateObject());
        if (is_sink)
            allow(made, "name", text());
        name_of(name, sizeof name, t, is_sink);
        cJSON_AddItemToObject(definitions, name, made);
    }
    cJSON_AddItemToObject(definitions, is_sink ? "sink" : "source",
                          endpoint(is_sink));
}

/* --- what has a form of its own --- */

static cJSON *routes(void)
{
    cJSON *made = mapping_of("^[A-Za-z0-9_-][A-Za-z0-9._-]*$",
                             object_of(br_route_options));

    cJSON_AddNumberToObject(made, "minProperties", 1);
    return made;
}

static cJSON *source(void)
{
    return refer("source");
}

static cJSON *sink(void)
{
    return refer("sink");
}

static cJSON *sinks(void)
{
    return any_of(sink(), list_of(sink()));
}

static cJSON *filter(void)
{
    return refer("filter");
}

static cJSON *filters(void)
{
    return list_of(filter());
}

/* A filter that is no list. */
static cJSON *one_filter(void)
{
    return refer("one_filter");
}

/* Text, or one dialect in a mapping. */
static void define_filters(cJSON *definitions)
{
    cJSON *dialect = object_of(br_filter_options);

    cJSON_AddNumberToObject(dialect, "minProperties", 1);
    cJSON_AddNumberToObject(dialect, "maxProperties", 1);
    cJSON_AddItemToObject(definitions, "one_filter", any_of(text(), dialect));
    cJSON_AddItemToObject(definitions, "filter",
                          any_of(one_filter(), filters()));
}

static cJSON *wrap(void)
{
    cJSON *made = object_of(br_wrap_options);

    cJSON_ReplaceItemInObject(made, "additionalProperties", text());
    return made;
}

static cJSON *retry(void)
{
    return object_of(br_retry_options);
}

static cJSON *statuses(void)
{
    return any_of(text(),
                  mapping_of("^[1-5][0-9][0-9]$", choice("retry|refuse")));
}

static cJSON *admin(void)
{
    cJSON *made = object_of(br_admin_options);
    const char *forms = "^(http://|unix:|" VARIABLE ")";

    allow(made, "uri", matching(forms));
    demand(made, "uri");
    return any_of(matching(forms), made);
}

static cJSON *logging(void)
{
    return any_of(choice(br_log_options[0].choices), object_of(br_log_options));
}

/* What help calls a value, and how it looks in a configuration. */
static const struct {
    const char *name;
    cJSON *(*make)(void);
} kinds[] = {
    { "ROUTES", routes },
    { "URL", admin },
    { "SOURCE", source },
    { "SINK", sink },
    { "SINKS", sinks },
    { "WRAP", wrap },
    { "NAME=TEMPLATE", attributes },
    { "FILTER", filter },
    { "FILTERS", filters },
    { "ONE-FILTER", one_filter },
    { "ATTRIBUTES", attributes },
    { "RETRY", retry },
    { "STATUS=WORD,...", statuses },
};

static cJSON *of_kind(const char *kind)
{
    for (size_t i = 0; kind && i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].name, kind) == 0)
            return kinds[i].make();
    return text();
}

/* --- the whole --- */

static cJSON *make(void)
{
    const ce_option *log = ce_option_find(br_top_options, "log");
    cJSON *made = object_of(br_top_options);
    cJSON *users = cJSON_AddObjectToObject(made, "patternProperties");
    cJSON *definitions = cJSON_AddObjectToObject(made, "definitions");

    cJSON_AddStringToObject(made, "$schema",
                            "http://json-schema.org/draft-07/schema#");
    cJSON_AddStringToObject(made, "title", "The configuration of cebridge");
    cJSON_AddObjectToObject(users, "^x-");
    cJSON_ReplaceItemInObject(cJSON_GetObjectItem(made, "properties"), "log",
                              described(logging(), log));
    define_filters(definitions);
    define_endpoints(definitions, false);
    define_endpoints(definitions, true);
    return made;
}

bool br_config_schema(FILE *out)
{
    return br_json_tree_show(make(), false, out) == CE_OK;
}
