/* SPDX-License-Identifier: Apache-2.0 */
/* Building, checking, copying and comparing events. */
#include "tests/support/ce_test.h"

static ce_error err;

static void a_blank_event_has_its_version_and_no_data(void)
{
    ce_event *e = ce_event_blank();

    REQUIRE(e != NULL);
    EXPECT_TEXT(ce_event_text(e, "specversion"), "1.0");
    EXPECT_EQ(e->attrs.len, 1);
    EXPECT_EQ(e->data.ptr, NULL);
    EXPECT_EQ(e->data_kind, CE_DATA_NONE);
    ce_event_free(e);
    ce_event_free(NULL);
}

/* SDK-07 */
static void a_new_event_has_an_id_and_a_time(void)
{
    ce_event *e = ce_event_new(), *other = ce_event_new();
    struct timespec t;

    REQUIRE(e != NULL && other != NULL);
    EXPECT_EQ(ce_event_text(e, "id").len, 36);
    EXPECT(!ce_slice_eq(ce_event_text(e, "id"), ce_event_text(other, "id")));
    EXPECT_OK(ce_attr_time(ce_event_get(e, "time"), &t));
    EXPECT(ce_event_remove(e, "time"));
    EXPECT_EQ(ce_event_get(e, "time"), NULL);
    ce_event_free(e);
    ce_event_free(other);
}

/* SDK-07 SDK-10 */
static void extensions_are_walked_without_core_attributes(void)
{
    ce_event *e = ce_test_event();
    const ce_attr *a;

    EXPECT_EQ(ce_event_extension(e, NULL), NULL);
    REQUIRE_OK(ce_event_set(e, "one", "1", &err));
    REQUIRE_OK(ce_event_set(e, "subject", "s", &err));
    REQUIRE_OK(ce_event_set(e, "two", "2", &err));
    a = ce_event_extension(e, NULL);
    REQUIRE(a != NULL);
    EXPECT_TEXT(a->name, "one");
    a = ce_event_extension(e, a);
    REQUIRE(a != NULL);
    EXPECT_TEXT(a->name, "two");
    EXPECT_EQ(ce_event_extension(e, a), NULL);
    ce_event_free(e);
}

/* CORE-10 CORE-11 */
static void uris_and_bytes_have_types_of_their_own(void)
{
    ce_event *e = ce_test_event();
    ce_slice bytes;

    EXPECT_OK(ce_event_set_uri(e, "u", "https://a.example/", &err));
    EXPECT_STATUS(ce_event_set_uri(e, "u", "/relative", &err), CE_EINVAL);
    EXPECT_OK(ce_event_set_uri_ref(e, "r", "/relative", &err));
    EXPECT_STATUS(ce_event_set_uri_ref(e, "r", "a b", &err), CE_EINVAL);
    EXPECT_OK(ce_event_set_uri_ref(e, "empty", "", &err));
    EXPECT_STATUS(ce_event_set_uri_ref(e, "source", "", &err), CE_EINVAL);
    EXPECT_OK(ce_event_set_binary(e, "b", (ce_slice){ "\0\xFF", 2 }, &err));
    EXPECT_OK(ce_event_set_binary(e, "none", CE_SLICE(""), &err));
    EXPECT_EQ(ce_event_get(e, "u")->type, CE_URI);
    EXPECT_EQ(ce_event_get(e, "r")->type, CE_URI_REF);
    EXPECT_TEXT(ce_event_text(e, "b"), "AP8=");
    REQUIRE_OK(ce_attr_binary(ce_event_get(e, "b"), e->arena, &bytes));
    EXPECT_TEXT(bytes, ((ce_slice){ "\0\xFF", 2 }));
    EXPECT_STATUS(ce_attr_binary(ce_event_get(e, "u"), e->arena, &bytes),
                  CE_EINVAL);
    ce_event_free(e);
}

/* SDK-07 */
static void what_is_set_is_copied_and_can_be_replaced(void)
{
    ce_event *e = ce_test_event();
    char name[] = "ext", text[] = "one";

    EXPECT_OK(ce_event_set(e, name, text, &err));
    name[0] = text[0] = 'X';
    EXPECT_TEXT(ce_event_text(e, "ext"), "one");
    EXPECT_OK(ce_event_set(e, "ext", "two", &err));
    EXPECT_TEXT(ce_event_text(e, "ext"), "two");
    EXPECT_EQ(e->attrs.len, 5);
    EXPECT(ce_event_remove(e, "ext"));
    EXPECT(!ce_event_remove(e, "ext"));
    EXPECT_EQ(ce_event_get(e, "ext"), NULL);
    EXPECT_EQ(ce_event_text(e, "ext").ptr, NULL);
    EXPECT_TEXT(ce_event_text(e, "type"), "t");
    ce_event_free(e);
}

/* CORE-10 CORE-11 CORE-29 SDK-10 */
static void typed_values_become_canonical_texts(void)
{
    ce_event *e = ce_test_event();
    struct timespec at = { 1, 500000000 };

    EXPECT_OK(ce_event_set_integer(e, "n", INT32_MIN, &err));
    EXPECT_OK(ce_event_set_boolean(e, "b", false, &err));
    EXPECT_OK(ce_event_set_time(e, "time", at, &err));
    EXPECT_OK(ce_event_set_time(e, "seen", at, &err));
    EXPECT_TEXT(ce_event_text(e, "n"), "-2147483648");
    EXPECT_TEXT(ce_event_text(e, "b"), "false");
    EXPECT_TEXT(ce_event_text(e, "time"), "1970-01-01T00:00:01.5Z");
    EXPECT_EQ(ce_event_get(e, "n")->type, CE_INTEGER);
    EXPECT_EQ(ce_event_get(e, "b")->type, CE_BOOLEAN);
    EXPECT_EQ(ce_event_get(e, "seen")->type, CE_TIMESTAMP);
    EXPECT_EQ(ce_event_get(e, "source")->type, CE_URI_REF);
    EXPECT_OK(ce_event_check(e, &err));
    ce_event_free(e);
}

static void core_attributes_keep_their_own_type(void)
{
    ce_event *e = ce_event_blank();

    EXPECT_OK(ce_event_set_integer(e, "id", 5, &err));
    EXPECT_EQ(ce_event_get(e, "id")->type, CE_STRING);
    EXPECT_OK(ce_event_set_slice(e, CE_SLICE("time"),
                                 CE_SLICE("2024-05-01T00:00:00Z"), CE_STRING,
                                 &err));
    EXPECT_EQ(ce_event_get(e, "time")->type, CE_TIMESTAMP);
    ce_event_free(e);
}

static void what_breaks_a_rule_is_not_set(void)
{
    static const struct {
        const char *rule, *name, *text;
    } rows[] = {
        { "CORE-01 name", "My-Ext", "x" },
        { "CORE-02 data", "data", "x" },
        { "CORE-15 control character", "ext", "a\nb" },
        { "CORE-17 invalid UTF-8", "ext", "\xff" },
        { "CORE-42 specversion", "specversion", "1.1" },
        { "CORE-40 empty id", "id", "" },
        { "CORE-41 source", "source", "a b" },
        { "CORE-46 content type", "datacontenttype", "xyz" },
        { "CORE-52 time", "time", "yesterday" },
        { "no text", "ext", NULL },
    };
    ce_event *e = ce_test_event();

    for (size_t i = 0; i < COUNT(rows); i++) {
        err.text[0] = '\0';
        EXPECT_STATUS_ROW(rows[i].rule,
                          ce_event_set(e, rows[i].name, rows[i].text, &err),
                          CE_EINVAL);
        EXPECT_CONTAINS_ROW(rows[i].rule, err.text, rows[i].name);
    }
    EXPECT_STATUS(
        ce_event_set_slice(e, CE_SLICE("n"), CE_SLICE("1,2"), CE_INTEGER, &err),
        CE_EINVAL);
    EXPECT_EQ(e->attrs.len, 4);
    EXPECT_OK(ce_event_check(e, &err));
    ce_event_free(e);
}

/* CORE-40 CORE-54 SDK-11 */
static void four_attributes_are_required(void)
{
    static const char *const names[] = { "specversion", "id", "source",
                                         "type" };

    for (size_t i = 0; i < COUNT(names); i++) {
        ce_event *e = ce_test_event();
        char said[60];

        EXPECT_OK(ce_event_check(e, &err));
        EXPECT(ce_event_remove(e, names[i]));
        EXPECT_STATUS_ROW(names[i], ce_event_check(e, &err), CE_EINVAL);
        snprintf(said, sizeof said, "attribute \"%s\": required, but missing",
                 names[i]);
        EXPECT_TEXT(ce_slice_of(err.text), said);
        ce_event_free(e);
    }
}

/* CORE-04 */
static void an_attribute_occurs_once(void)
{
    ce_event *e = ce_test_event();
    ce_attr again = { CE_SLICE("id"), CE_SLICE("2"), CE_STRING };

    EXPECT_OK(ce_attrs_add(&e->attrs, e->arena, again));
    EXPECT_STATUS(ce_event_check(e, &err), CE_EINVAL);
    EXPECT_TEXT(ce_slice_of(err.text),
                "attribute \"id\": given more than once");
    ce_event_free(e);
}

/* CORE-55 */
static void no_data_empty_data_and_null_differ(void)
{
    ce_event *none = ce_test_event(), *empty = ce_test_event(),
             *null = ce_test_event();
    ce_slice json = CE_SLICE("application/json");

    EXPECT_OK(ce_event_set_data(empty, json, CE_SLICE(""), &err));
    EXPECT_OK(ce_event_set_data(null, json, CE_SLICE("null"), &err));
    EXPECT_OK(ce_event_set_data(none, json, ce_slice_of(NULL), &err));
    EXPECT_EQ(none->data_kind, CE_DATA_NONE);
    EXPECT(!none->data.ptr);
    EXPECT_CMP(empty->data_kind, !=, CE_DATA_NONE);
    EXPECT(empty->data.ptr);
    EXPECT(!ce_event_equal(none, empty) && !ce_event_equal(empty, null));
    EXPECT_TEXT(ce_event_text(none, "datacontenttype"), "application/json");
    EXPECT_OK(ce_event_set_data(null, ce_slice_of(NULL), CE_SLICE("1"), &err));
    EXPECT_TEXT(ce_event_text(null, "datacontenttype"), "application/json");
    EXPECT_STATUS(ce_event_set_data(null, CE_SLICE("xyz"), CE_SLICE("2"), &err),
                  CE_EINVAL);
    EXPECT_TEXT(null->data, "1");
    ce_event_free(none);
    ce_event_free(empty);
    ce_event_free(null);
}

static void a_clone_shares_nothing(void)
{
    ce_event *e = ce_test_event(), *copy;

    REQUIRE_OK(ce_event_set_integer(e, "n", 7, &err));
    REQUIRE_OK(ce_event_set_data(e, CE_SLICE("a/b"), CE_SLICE("x\0y"), &err));
    copy = ce_event_clone(e);
    REQUIRE(copy != NULL);
    EXPECT(ce_event_equal(e, copy));
    EXPECT_EQ(ce_event_get(copy, "n")->type, CE_INTEGER);
    EXPECT_EQ(copy->data_kind, e->data_kind);
    ce_event_free(e);
    EXPECT_TEXT(ce_event_text(copy, "n"), "7");
    EXPECT_TEXT(copy->data, CE_SLICE("x\0y"));
    ce_event_free(copy);
}

static void events_are_equal_in_any_order(void)
{
    ce_event *a = ce_test_event(), *b = ce_event_blank();

    REQUIRE_OK(ce_event_set(b, "type", "t", &err));
    REQUIRE_OK(ce_event_set(b, "id", "1", &err));
    EXPECT(!ce_event_equal(a, b));
    REQUIRE_OK(ce_event_set(b, "source", "/s", &err));
    EXPECT(ce_event_equal(a, b));
    REQUIRE_OK(ce_event_set(b, "type", "T", &err));
    EXPECT(!ce_event_equal(a, b));
    REQUIRE_OK(ce_event_set(b, "type", "t", &err));
    REQUIRE_OK(ce_event_set_data(b, ce_slice_of(NULL), CE_SLICE("x"), &err));
    EXPECT(!ce_event_equal(a, b));
    ce_event_free(a);
    ce_event_free(b);
}

/* CORE-28 */
static void timestamps_are_equal_by_instant(void)
{
    ce_event *a = ce_test_event(), *b = ce_test_event();

    REQUIRE_OK(ce_event_set(a, "time", "2024-05-01T10:00:00.50Z", &err));
    REQUIRE_OK(ce_event_set(b, "time", "2024-05-01T12:00:00.5+02:00", &err));
    EXPECT(ce_event_equal(a, b));
    EXPECT_TEXT(ce_event_text(a, "time"), "2024-05-01T10:00:00.50Z");
    REQUIRE_OK(ce_event_set(b, "time", "2024-05-01T12:00:00.5+01:00", &err));
    EXPECT(!ce_event_equal(a, b));
    ce_event_free(a);
    ce_event_free(b);
}

static void a_stamp_fills_what_is_missing_only(void)
{
    ce_event *e = ce_event_blank();
    struct timespec t;

    REQUIRE_OK(ce_event_stamp(e, &err));
    EXPECT_EQ(ce_event_text(e, "id").len, 36);
    EXPECT_OK(ce_attr_time(ce_event_get(e, "time"), &t));
    EXPECT_CMP(t.tv_sec, >, 1700000000);
    REQUIRE_OK(ce_event_set(e, "id", "mine", &err));
    REQUIRE_OK(ce_event_set(e, "time", "1970-01-01T00:00:00Z", &err));
    REQUIRE_OK(ce_event_stamp(e, &err));
    EXPECT_TEXT(ce_event_text(e, "id"), "mine");
    EXPECT_TEXT(ce_event_text(e, "time"), "1970-01-01T00:00:00Z");
    ce_event_free(e);
}

static void a_time_that_has_no_text_is_refused(void)
{
    ce_event *e = ce_test_event();
    struct timespec beyond = { 253402300800, 0 }, broken = { 0, -1 };

    EXPECT_STATUS(ce_event_set_time(e, "time", beyond, &err), CE_EINVAL);
    EXPECT_STATUS(ce_event_set_time(e, "time", broken, &err), CE_EINVAL);
    EXPECT_EQ(ce_event_get(e, "time"), NULL);
    ce_event_free(e);
}

TESTS("event", TEST(a_blank_event_has_its_version_and_no_data),
      TEST(a_new_event_has_an_id_and_a_time),
      TEST(extensions_are_walked_without_core_attributes),
      TEST(uris_and_bytes_have_types_of_their_own),
      TEST(what_is_set_is_copied_and_can_be_replaced),
      TEST(typed_values_become_canonical_texts),
      TEST(core_attributes_keep_their_own_type),
      TEST(what_breaks_a_rule_is_not_set), TEST(four_attributes_are_required),
      TEST(an_attribute_occurs_once), TEST(no_data_empty_data_and_null_differ),
      TEST(a_clone_shares_nothing), TEST(events_are_equal_in_any_order),
      TEST(timestamps_are_equal_by_instant),
      TEST(a_stamp_fills_what_is_missing_only),
      TEST(a_time_that_has_no_text_is_refused))
