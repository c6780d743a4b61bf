/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the CESQL TCK of the CloudEvents project. Its files lie in
 * $CE_SPEC_DIR/cesql_tck; without them nothing is run, and the test says so. */
#include "tests/support/ce_test.h"

#include <glob.h>
#include <yaml.h>

typedef struct row {
    const char *name, *expression, *result, *error;
    bool quoted;
    yaml_node_t *event, *overrides;
} row;

static const char *const errors[] = {
    "",
    "parse",
    "math",
    "cast",
    "missingAttribute",
    "missingFunction",
    "functionEvaluation",
    "generic",
};

static glob_t files;
static unsigned cases;

static const char *text_of(const yaml_node_t *n)
{
    return (const char *)n->data.scalar.value;
}

static bool is_quoted(const yaml_node_t *n)
{
    return n->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
}

static bool is_boolean(const char *text)
{
    return !strcasecmp(text, "true") || !strcasecmp(text, "false");
}

static void set(yaml_document_t *doc, const yaml_node_t *map, ce_event *e)
{
    if (!map)
        return;
    for (yaml_node_pair_t *p = map->data.mapping.pairs.start;
         p < map->data.mapping.pairs.top; p++) {
        const char *name = text_of(yaml_document_get_node(doc, p->key));
        yaml_node_t *n = yaml_document_get_node(doc, p->value);
        char *end;
        long number = strtol(text_of(n), &end, 10);

        if (!is_quoted(n) && is_boolean(text_of(n)))
            REQUIRE_OK(ce_event_set_boolean(
                e, name, !strcasecmp(text_of(n), "true"), NULL));
        else if (!is_quoted(n) && !*end)
            REQUIRE_OK(ce_event_set_integer(e, name, (int32_t)number, NULL));
        else
            REQUIRE_OK(ce_event_set(e, name, text_of(n), NULL));
    }
}

static bool is_expected(const ce_sql_value *v, const row *r)
{
    char *end;
    long number;

    if (!r->quoted && is_boolean(r->result))
        return v->type == CE_SQL_BOOLEAN &&
               v->boolean == !strcasecmp(r->result, "true");
    number = strtol(r->result, &end, 10);
    if (!r->quoted && *r->result && !*end)
        return v->type == CE_SQL_INTEGER && v->integer == number;
    return v->type == CE_SQL_STRING &&
           ce_slice_eq(v->string, ce_slice_of(r->result));
}

/* TCK-04: the cast table of CESQL 1.0.0 makes false of NOT 10, without an
 * error. */
static bool is_deviation(const row *r, const ce_sql_value *v)
{
    return !strcmp(r->expression, "NOT 10") && !v->boolean && !v->error;
}

static void run(yaml_document_t *doc, const row *r)
{
    ce_event *e = ce_event_blank();
    ce_arena *arena = ce_arena_new();
    ce_sql *q;
    ce_status status;

    REQUIRE(e && arena);
    if (!r->event) {
        EXPECT_OK(ce_event_set(e, "id", "1", NULL));
        EXPECT_OK(ce_event_set(e, "source", "/s", NULL));
        EXPECT_OK(ce_event_set(e, "type", "t", NULL));
    }
    set(doc, r->event, e);
    set(doc, r->overrides, e);
    status = ce_sql_compile(&q, ce_slice_of(r->expression), NULL);
    if (!strcmp(r->error, "parse")) {
        EXPECT_STATUS_ROW(r->name, status, CE_ESYNTAX);
    } else {
        EXPECT_OK_ROW(r->name, status);
        if (q) {
            ce_sql_value v = ce_sql_eval(q, e, arena);

            EXPECT_ROW(r->name, is_deviation(r, &v) ||
                                    (is_expected(&v, r) &&
                                     !strcmp(errors[v.error], r->error)));
        }
    }
    ce_sql_free(q);
    ce_arena_free(arena);
    ce_event_free(e);
    cases++;
}

static void run_row(yaml_document_t *doc, const yaml_node_t *map)
{
    row r = { "", "", "", "", false, NULL, NULL };

    for (yaml_node_pair_t *p = map->data.mapping.pairs.start;
         p < map->data.mapping.pairs.top; p++) {
        const char *key = text_of(yaml_document_get_node(doc, p->key));
        yaml_node_t *n = yaml_document_get_node(doc, p->value);

        if (!strcmp(key, "name"))
            r.name = text_of(n);
        else if (!strcmp(key, "expression"))
            r.expression = text_of(n);
        else if (!strcmp(key, "error"))
            r.error = text_of(n);
        else if (!strcmp(key, "event"))
            r.event = n;
        else if (!strcmp(key, "eventOverrides"))
            r.overrides = n;
        else if (!strcmp(key, "result")) {
            r.result = text_of(n);
            r.quoted = is_quoted(n);
        }
    }
    run(doc, &r);
}

static void run_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    yaml_parser_t parser;
    yaml_document_t doc;
    yaml_node_t *root;

    REQUIRE(f && yaml_parser_initialize(&parser));
    yaml_parser_set_input_file(&parser, f);
    REQUIRE(yaml_parser_load(&parser, &doc));
    root = yaml_document_get_root_node(&doc);
    for (yaml_node_pair_t *p = root->data.mapping.pairs.start;
         p < root->data.mapping.pairs.top; p++) {
        yaml_node_t *list = yaml_document_get_node(&doc, p->value);

        if (list->type != YAML_SEQUENCE_NODE)
            continue;
        for (yaml_node_item_t *i = list->data.sequence.items.start;
             i < list->data.sequence.items.top; i++)
            run_row(&doc, yaml_document_get_node(&doc, *i));
    }
    yaml_document_delete(&doc);
    yaml_parser_delete(&parser);
    fclose(f);
}

/* TCK-01 TCK-02 TCK-03 TCK-05 SQL-01 SQL-40 SQL-52 SQL-55 */
static void the_published_cases_pass(void)
{
    for (size_t i = 0; i < files.gl_pathc; i++)
        run_file(files.gl_pathv[i]);
    EXPECT_CMP(cases, >=, 275);
}

int main(void)
{
    static const CU_TestInfo tests[] = { TEST(the_published_cases_pass),
                                         CU_TEST_INFO_NULL };
    const char *dir = getenv("CE_SPEC_DIR");
    char pattern[4096];
    int result;

    snprintf(pattern, sizeof pattern, "%s/cesql_tck/*.yaml",
             dir ? dir : CE_SPEC_DIR);
    if (glob(pattern, 0, NULL, &files) != 0) {
        fprintf(stderr, "not run: no %s\n", pattern);
        return 77;
    }
    result = ce_test_main("cesql_tck", tests);
    globfree(&files);
    return result;
}
