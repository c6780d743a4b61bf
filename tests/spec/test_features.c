/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the conformance features of the CloudEvents project: Gherkin files in
 * $CE_SPEC_DIR/conformance; without them nothing is run, and the test says so.
 * CONF-02, CONF-03, CONF-05. */
#include <cJSON.h>
#include <unistd.h>

#include "bindings/http/http.h"
#include "bindings/kafka/codec.h"
#include "tests/support/ce_test.h"

enum { LINES_MAX = 200, SCENARIOS = 7 };

/* A scenario while it runs. The slices live in ARENA. */
typedef struct world {
    ce_slice lines[LINES_MAX];
    unsigned len, at;
    ce_slice content_type; /* of this example; absent: of none */
    ce_slice request;      /* HTTP */
    ce_slice value;        /* Kafka */
    rd_kafka_headers_t *headers;
    ce_event event;
} world;

static ce_arena *arena;
static const char *folder;
static unsigned scenarios;

/* --- text --- */

static ce_slice cut_line(ce_slice *text)
{
    const char *end = memchr(text->ptr, '\n', text->len);
    ce_slice line = { text->ptr, end ? (size_t)(end - text->ptr) : text->len };

    *text = ce_slice_skip(*text, line.len + (end != NULL));
    return line;
}

static bool starts(ce_slice line, const char *with)
{
    return ce_slice_starts_nocase(ce_slice_trim(line), ce_slice_of(with));
}

static bool is_table(ce_slice line)
{
    return starts(line, "|");
}

/* Cell N of a row of a table, trimmed. */
static ce_slice cell(ce_slice row, unsigned n)
{
    const char *p = memchr(row.ptr, '|', row.len), *end = row.ptr + row.len;

    REQUIRE(p != NULL);
    for (;; n--) {
        const char *next = memchr(p + 1, '|', (size_t)(end - p - 1));
        ce_slice text = { p + 1, next ? (size_t)(next - p - 1) : 0 };

        REQUIRE(next != NULL);
        if (n == 0)
            return ce_slice_trim(text);
        p = next;
    }
}

/* LINE with the example's value in place of its name. */
static ce_slice filled_in(const world *w, ce_slice line)
{
    static const char name[] = "<contentType>";
    const char *at = memmem(line.ptr, line.len, name, sizeof name - 1);
    ce_slice rest;

    if (!at)
        return line;
    REQUIRE(w->content_type.ptr != NULL);
    rest = ce_slice_skip(line, (size_t)(at - line.ptr) + sizeof name - 1);
    return ce_arena_printf(arena, "%.*s%.*s%.*s", (int)(at - line.ptr),
                           line.ptr, CE_ARG(w->content_type), CE_ARG(rest));
}

/* The text between two lines of quotes, less the indent of the first. */
static ce_slice doc_string(world *w)
{
    size_t indent = 0;
    ce_buf text = { NULL, 0, 0 };
    ce_slice out;

    REQUIRE_CMP(w->at, <, w->len);
    REQUIRE(starts(w->lines[w->at], "\"\"\""));
    while (w->lines[w->at].ptr[indent] == ' ')
        indent++;
    for (w->at++; w->at < w->len && !starts(w->lines[w->at], "\"\"\"");
         w->at++) {
        ce_slice line = w->lines[w->at];

        line = ce_slice_skip(line, line.len < indent ? line.len : indent);
        line = filled_in(w, line);
        if (text.len)
            REQUIRE_OK(ce_buf_byte(&text, '\n'));
        REQUIRE_OK(ce_buf_append(&text, line));
    }
    w->at++;
    REQUIRE_OK(ce_arena_copy(arena, ce_buf_slice(&text), &out));
    ce_buf_free(&text);
    return out;
}

/* The next row below the heading, or false behind the table. */
static bool next_row(world *w, ce_slice *key, ce_slice *value)
{
    if (w->at < w->len && is_table(w->lines[w->at]) &&
        ce_slice_eq(cell(w->lines[w->at], 0), CE_SLICE("key")))
        w->at++;
    if (w->at == w->len || !is_table(w->lines[w->at]))
        return false;
    *key = cell(w->lines[w->at], 0);
    *value = filled_in(w, cell(w->lines[w->at], 1));
    w->at++;
    return true;
}

/* --- steps --- */

static void read_kafka_headers(world *w)
{
    ce_slice key, value;

    w->headers = rd_kafka_headers_new(8);
    while (next_row(w, &key, &value))
        REQUIRE(!rd_kafka_header_add(w->headers, key.ptr, (ssize_t)key.len,
                                     value.ptr, (ssize_t)value.len));
}

static void decode(world *w, const ce_message *m)
{
    ce_error err = { CE_OK, "" };

    if (ce_message_decode(m, arena, &w->event, &err) != CE_OK)
        fprintf(stderr, "%s\n", err.text);
    REQUIRE_OK(err.status);
}

static void parse_http(world *w)
{
    ce_http_reader reader = { .arena = arena };
    ce_slice rest = w->request, line = cut_line(&rest);
    ce_message m;
    ce_defect defect;

    REQUIRE(starts(line, "POST "));
    while ((line = cut_line(&rest)).len) {
        size_t name =
            (size_t)((char *)memchr(line.ptr, ':', line.len) - line.ptr);
        ce_slice value = ce_slice_trim(ce_slice_skip(line, name + 1));

        ce_http_read_header(&reader, (ce_slice){ line.ptr, name }, value);
        if (starts(line, "Content-Length"))
            EXPECT_EQ(strtoul(value.ptr, NULL, 10) + 1, rest.len);
    }
    REQUIRE_OK(ce_http_read_message(&reader, rest, &m, &defect));
    REQUIRE_STR(defect.reason, NULL);
    decode(w, &m);
}

static void parse_kafka(world *w)
{
    ce_delivery d = { .arena = arena };

    d.message.body = w->value;
    REQUIRE_OK(ce_kafka_decode(&d, w->headers, &ce_kafka_exact, NULL));
    REQUIRE_STR(d.defect.reason, NULL);
    decode(w, &d.message);
}

static void compare_attributes(world *w)
{
    ce_slice key, value;
    unsigned count = 0;

    for (; next_row(w, &key, &value); count++) {
        const ce_attr *a = ce_attrs_find(&w->event.attrs, key);

        REQUIRE(a);
        EXPECT_TEXT(a->text, value);
    }
    EXPECT_EQ(count, w->event.attrs.len);
}

static void compare_data(world *w)
{
    ce_slice want = doc_string(w), have = w->event.data;
    cJSON *a = cJSON_ParseWithLength(want.ptr, want.len);
    cJSON *b = cJSON_ParseWithLength(have.ptr, have.len);

    REQUIRE(a);
    REQUIRE(b);
    EXPECT(cJSON_Compare(a, b, true));
    cJSON_Delete(a);
    cJSON_Delete(b);
}

static void take_step(world *w)
{
    ce_slice line = w->lines[w->at++];

    if (starts(line, "Given an HTTP request"))
        w->request = doc_string(w);
    else if (starts(line, "Given a Kafka message with payload"))
        w->value = doc_string(w);
    else if (starts(line, "And Kafka headers"))
        read_kafka_headers(w);
    else if (starts(line, "When parsed as HTTP request"))
        parse_http(w);
    else if (starts(line, "When parsed as Kafka message"))
        parse_kafka(w);
    else if (starts(line, "Then the attributes are"))
        compare_attributes(w);
    else if (starts(line, "And the data is equal to the following JSON"))
        compare_data(w);
    else
        CU_FAIL_FATAL("a step that is not known");
}

/* --- scenarios --- */

static void run(world *w, unsigned steps)
{
    w->len = steps;
    for (w->at = 0; w->at < steps;)
        take_step(w);
    if (w->headers)
        rd_kafka_headers_destroy(w->headers);
    w->headers = NULL;
    scenarios++;
}

/* Once, or once for each example. */
static void run_scenario(world *w)
{
    unsigned steps = 0, len = w->len;

    while (steps < len && !starts(w->lines[steps], "Examples:"))
        steps++;
    if (steps == len)
        run(w, steps);
    for (unsigned i = steps + 2; i < len; i++) {
        w->content_type = cell(w->lines[i], 0);
        run(w, steps);
    }
}

static ce_slice read_feature(const char *name)
{
    ce_buf text = { NULL, 0, 0 };
    char path[4096], block[4096];
    ce_slice out;
    size_t n;
    FILE *f;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    f = fopen(path, "rb");
    REQUIRE(f != NULL);
    while ((n = fread(block, 1, sizeof block, f)) > 0)
        REQUIRE_OK(ce_buf_append(&text, (ce_slice){ block, n }));
    fclose(f);
    REQUIRE_OK(ce_arena_copy(arena, ce_buf_slice(&text), &out));
    ce_buf_free(&text);
    return out;
}

/* What is before the first scenario only says what is supported. */
static void run_feature(const char *name)
{
    ce_slice rest = read_feature(name);
    world w = { .len = 0 };
    bool is_inside = false, is_quoted = false;

    while (rest.len) {
        ce_slice line = cut_line(&rest);

        is_quoted ^= starts(line, "\"\"\"");
        if (!is_quoted && starts(line, "Scenario")) {
            if (is_inside)
                run_scenario(&w);
            w = (world){ .len = 0 };
            is_inside = true;
        } else if (is_inside && (is_quoted || ce_slice_trim(line).len)) {
            REQUIRE_CMP(w.len, <, LINES_MAX);
            w.lines[w.len++] = line;
        }
    }
    REQUIRE(is_inside);
    run_scenario(&w);
}

static void the_published_scenarios_pass(void)
{
    run_feature("http-protocol-binding.feature");
    run_feature("kafka-protocol-binding.feature");
    EXPECT_EQ(scenarios, SCENARIOS);
}

int main(void)
{
    static const CU_TestInfo tests[] = { TEST(the_published_scenarios_pass),
                                         CU_TEST_INFO_NULL };
    const char *dir = getenv("CE_SPEC_DIR");
    char path[4096];
    int result;

    snprintf(path, sizeof path, "%s/conformance", dir ? dir : CE_SPEC_DIR);
    if (access(path, R_OK) != 0) {
        fprintf(stderr, "not run: no %s\n", path);
        return 77;
    }
    folder = path;
    arena = ce_arena_new();
    result = ce_test_main("features", tests);
    ce_arena_free(arena);
    return result;
}
