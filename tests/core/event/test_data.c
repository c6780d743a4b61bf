/* SPDX-License-Identifier: Apache-2.0 */
/* Data in and out of events, and events as text. */
#include <cJSON.h>

#include "tests/support/ce_test.h"

static ce_error err;
static unsigned released;

static void release(void *bytes)
{
    released++;
    free(bytes);
}

static ce_slice owned(const char *text)
{
    char *copy = malloc(strlen(text) + 1);

    REQUIRE(copy != NULL);
    strcpy(copy, text);
    return ce_slice_of(copy);
}

static void copied_data_is_the_events_own(void)
{
    ce_event *e = ce_test_event();
    char bytes[] = "abc";

    REQUIRE_OK(ce_event_set_data(e, CE_SLICE("a/b"), ce_slice_of(bytes), &err));
    bytes[0] = 'X';
    EXPECT_TEXT(e->data, "abc");
    EXPECT_TEXT(ce_event_text(e, "datacontenttype"), "a/b");
    ce_event_free(e);
}

static void borrowed_data_stays_where_it_is(void)
{
    ce_event *e = ce_test_event();
    static const char bytes[] = "abc";

    REQUIRE_OK(ce_event_borrow_data(e, (ce_slice){ NULL, 0 },
                                    ce_slice_of(bytes), &err));
    EXPECT_EQ(e->data.ptr, bytes);
    EXPECT(!ce_event_get(e, "datacontenttype"));
    ce_event_free(e);
}

static void data_taken_over_is_released_once(void)
{
    ce_event *e = ce_test_event();

    released = 0;
    REQUIRE_OK(
        ce_event_take_data(e, CE_SLICE("a/b"), owned("one"), release, &err));
    EXPECT_TEXT(e->data, "one");
    REQUIRE_OK(
        ce_event_take_data(e, CE_SLICE("a/b"), owned("two"), release, &err));
    EXPECT_EQ(released, 1);
    REQUIRE_OK(ce_event_set_data(e, CE_SLICE("a/b"), CE_SLICE("x"), &err));
    EXPECT_EQ(released, 2);
    REQUIRE_OK(
        ce_event_take_data(e, CE_SLICE("a/b"), owned("three"), release, &err));
    ce_event_free(e);
    EXPECT_EQ(released, 3);
}

static void a_clone_owns_a_copy_of_data_taken_over(void)
{
    ce_event *e = ce_test_event(), *copy;

    released = 0;
    REQUIRE_OK(
        ce_event_take_data(e, CE_SLICE("a/b"), owned("one"), release, &err));
    copy = ce_event_clone(e);
    ce_event_free(e);
    EXPECT_EQ(released, 1);
    REQUIRE(copy != NULL);
    EXPECT_TEXT(copy->data, "one");
    ce_event_free(copy);
    EXPECT_EQ(released, 1);
}

static void an_error_leaves_data_with_its_owner(void)
{
    ce_event *e = ce_test_event();
    ce_slice mine = owned("mine");

    released = 0;
    REQUIRE_OK(ce_event_set_data(e, CE_SLICE("a/b"), CE_SLICE("old"), &err));
    EXPECT_STATUS(
        ce_event_take_data(e, CE_SLICE("no type"), mine, release, &err),
        CE_EINVAL);
    EXPECT_CONTAINS(err.text, "datacontenttype");
    EXPECT_EQ(released, 0);
    EXPECT_TEXT(e->data, "old");
    EXPECT_TEXT(ce_event_text(e, "datacontenttype"), "a/b");
    free((void *)(uintptr_t)mine.ptr);
    ce_event_free(e);
}

static void absent_data_removes_and_empty_data_is_data(void)
{
    ce_event *e = ce_test_event();

    REQUIRE_OK(ce_event_set_data(e, CE_SLICE("a/b"), CE_SLICE(""), &err));
    EXPECT(e->data.ptr);
    EXPECT_EQ(e->data.len, 0);
    EXPECT_EQ(e->data_kind, CE_DATA_BYTES);
    REQUIRE_OK(ce_event_set_data(e, (ce_slice){ NULL, 0 },
                                 (ce_slice){ NULL, 0 }, &err));
    EXPECT(!e->data.ptr);
    EXPECT_EQ(e->data_kind, CE_DATA_NONE);
    ce_event_free(e);
}

static void text_has_to_be_utf8(void)
{
    ce_event *e = ce_test_event();

    REQUIRE_OK(ce_event_set_text(e, "gr\xC3\xBC\xC3\x9F", &err));
    EXPECT_TEXT(ce_event_text(e, "datacontenttype"), "text/plain");
    EXPECT_STATUS(ce_event_set_text(e, "\xFF", &err), CE_EINVAL);
    EXPECT_TEXT(e->data, "gr\xC3\xBC\xC3\x9F");
    ce_event_free(e);
}

/* JSON-31 */
static void json_keeps_its_digits_and_its_media_type(void)
{
    ce_event *e = ce_test_event();

    REQUIRE_OK(ce_event_set_json(e, "{\"n\": 1.50}", &err));
    EXPECT_TEXT(e->data, "{\"n\": 1.50}");
    EXPECT_TEXT(ce_event_text(e, "datacontenttype"), "application/json");
    REQUIRE_OK(ce_event_set(e, "datacontenttype", "a/b+json", &err));
    REQUIRE_OK(ce_event_set_json(e, "[]", &err));
    EXPECT_TEXT(ce_event_text(e, "datacontenttype"), "a/b+json");
    EXPECT_STATUS(ce_event_set_json(e, "{", &err), CE_ESYNTAX);
    EXPECT_STATUS(ce_event_set_json(e, "1 2", &err), CE_ESYNTAX);
    EXPECT_TEXT(e->data, "[]");
    ce_event_free(e);
}

/* SDK-09 */
static void trees_go_in_and_come_out(void)
{
    ce_event *e = ce_test_event();
    cJSON *tree = cJSON_CreateObject(), *read = NULL;

    REQUIRE(tree != NULL);
    EXPECT_STATUS(ce_event_json(e, &read, &err), CE_ENOENT);
    cJSON_AddNumberToObject(tree, "id", 1);
    REQUIRE_OK(ce_event_set_cjson(e, tree, &err));
    cJSON_Delete(tree);
    EXPECT_TEXT(e->data, "{\"id\":1}");
    REQUIRE_OK(ce_event_json(e, &read, &err));
    EXPECT_EQ(cJSON_GetObjectItem(read, "id")->valueint, 1);
    cJSON_Delete(read);
    REQUIRE_OK(ce_event_set_text(e, "no json", &err));
    EXPECT_STATUS(ce_event_json(e, &read, &err), CE_ESYNTAX);
    EXPECT(!read);
    ce_event_free(e);
}

static void media_types_are_told_by_subtype_and_suffix(void)
{
    static const struct {
        const char *type;
        bool json, xml, text;
    } rows[] = {
        { "application/json", true, false, false },
        { "Application/Vnd.X+JSON; a=b", true, false, false },
        { "text/json", true, false, true },
        { "application/jsonx", false, false, false },
        { "application/xml", false, true, false },
        { "image/svg+xml", false, true, false },
        { "TEXT/plain;charset=utf-8", false, false, true },
        { "text/", false, false, false },
        { "json", false, false, false },
        { "a/+json", false, false, false },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_slice type = ce_slice_of(rows[i].type);

        EXPECT_EQ_ROW(rows[i].type, ce_media_type_is_json(type), rows[i].json);
        EXPECT_EQ_ROW(rows[i].type, ce_media_type_is_xml(type), rows[i].xml);
        EXPECT_EQ_ROW(rows[i].type, ce_media_type_is_text(type), rows[i].text);
    }
}

/* SDK-01 */
static void an_event_survives_its_json(void)
{
    ce_event *e = ce_test_event(), *back = NULL;
    ce_buf text = { 0 };

    REQUIRE_OK(ce_event_set(e, "name01", "1", &err));
    REQUIRE_OK(ce_event_set_integer(e, "n", 1, &err));
    REQUIRE_OK(ce_event_set_json(e, "{\"id\":1}", &err));
    REQUIRE_OK(ce_event_to_json(e, &text, &err));
    REQUIRE_OK(ce_event_from_json(&back, ce_buf_slice(&text), &err));
    EXPECT(ce_event_equal(e, back));
    EXPECT_EQ(ce_event_get(back, "name01")->type, CE_STRING);
    EXPECT_EQ(ce_event_get(back, "n")->type, CE_INTEGER);
    ce_event_free(back);
    ce_buf_free(&text);
    ce_event_free(e);
}

static void json_that_is_no_event_is_refused(void)
{
    ce_event *e = NULL;
    ce_buf text = { 0 };

    EXPECT_STATUS(ce_event_from_json(&e, CE_SLICE("{\"id\":\"1\"}"), &err),
                  CE_EINVAL);
    EXPECT(!e);
    EXPECT_CONTAINS(err.text, "specversion");
    e = ce_event_blank();
    EXPECT_STATUS(ce_event_to_json(e, &text, &err), CE_EINVAL);
    EXPECT_EQ(text.len, 0);
    EXPECT_CONTAINS(err.text, "\"id\"");
    ce_event_free(e);
    ce_buf_free(&text);
}

static void an_event_is_printed_for_people(void)
{
    ce_event *e = ce_test_event();
    ce_buf text = { 0 };

    REQUIRE_OK(ce_event_set_text(e, "hello", &err));
    REQUIRE_OK(ce_event_print(e, &text));
    EXPECT_TEXT(ce_buf_slice(&text),
                "specversion: 1.0\nid: 1\nsource: /s\ntype: t\n"
                "datacontenttype: text/plain\ndata:\n  hello\n");
    ce_buf_clear(&text);
    REQUIRE_OK(
        ce_event_set_data(e, CE_SLICE("a/b"), (ce_slice){ "\0\xFF", 2 }, &err));
    REQUIRE_OK(ce_event_print(e, &text));
    EXPECT_CONTAINS(text.ptr, "data: 2 bytes\n");
    ce_buf_free(&text);
    ce_event_free(e);
}

TESTS("data", TEST(copied_data_is_the_events_own),
      TEST(borrowed_data_stays_where_it_is),
      TEST(data_taken_over_is_released_once),
      TEST(a_clone_owns_a_copy_of_data_taken_over),
      TEST(an_error_leaves_data_with_its_owner),
      TEST(absent_data_removes_and_empty_data_is_data),
      TEST(text_has_to_be_utf8), TEST(json_keeps_its_digits_and_its_media_type),
      TEST(trees_go_in_and_come_out),
      TEST(media_types_are_told_by_subtype_and_suffix),
      TEST(an_event_survives_its_json), TEST(json_that_is_no_event_is_refused),
      TEST(an_event_is_printed_for_people))
