/* SPDX-License-Identifier: Apache-2.0 */
/* Names, the seven types, and the rules of the core attributes. */
#include "tests/support/ce_test.h"
#include "core/event/attr.h"
#include "core/base/media_type.h"

typedef struct row {
    const char *name;
    ce_slice text;
    bool valid;
} row;

#define ROW(name, text, valid)                                                 \
    {                                                                          \
        name, { text, sizeof(text) - 1 }, valid                                \
    }

static void names_are_lower_case_letters_and_digits(void)
{
    static const row rows[] = {
        ROW("CORE-01 letters", "abcxyz", true),
        ROW("CORE-01 digits", "a1", true),
        ROW("CORE-03 a digit first", "1a", true),
        ROW("CORE-03 more than 20 characters", "opcuametadatamajorversion",
            true),
        ROW("CORE-01 empty", "", false),
        ROW("CORE-01 upper case", "Abc", false),
        ROW("CORE-05 a dash", "my-ext", false),
        ROW("CORE-01 an underscore", "my_ext", false),
        ROW("CORE-01 a blank", "my ext", false),
        ROW("CORE-01 a letter that is not ASCII", "\xc3\xa4", false),
        ROW("CORE-01 NUL", "a\0b", false),
        ROW("CORE-02 data", "data", false),
        ROW("CORE-02 only data itself", "datax", true),
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        EXPECT_EQ_ROW(rows[i].name, ce_name_is_valid(rows[i].text),
                      rows[i].valid);
}

static void strings_hold_printable_characters(void)
{
    static const row rows[] = {
        ROW("CORE-15 empty", "", true),
        ROW("CORE-15 a blank", " ", true),
        ROW("CORE-15 tilde", "~", true),
        ROW("CORE-15 NUL", "\0", false),
        ROW("CORE-15 a tab", "a\tb", false),
        ROW("CORE-15 a line break", "a\nb", false),
        ROW("CORE-15 U+001F", "\x1f", false),
        ROW("CORE-15 U+007F", "\x7f", false),
        ROW("CORE-15 U+0080", "\xc2\x80", false),
        ROW("CORE-15 U+009F", "\xc2\x9f", false),
        ROW("CORE-15 U+00A0", "\xc2\xa0", true),
        ROW("CORE-16 U+FDCF", "\xef\xb7\x8f", true),
        ROW("CORE-16 U+FDD0", "\xef\xb7\x90", false),
        ROW("CORE-16 U+FDEF", "\xef\xb7\xaf", false),
        ROW("CORE-16 U+FDF0", "\xef\xb7\xb0", true),
        ROW("CORE-16 U+FFFD", "\xef\xbf\xbd", true),
        ROW("CORE-16 U+FFFE", "\xef\xbf\xbe", false),
        ROW("CORE-16 U+FFFF", "\xef\xbf\xbf", false),
        ROW("CORE-16 U+1FFFE", "\xf0\x9f\xbf\xbe", false),
        ROW("CORE-16 U+10FFFF", "\xf4\x8f\xbf\xbf", false),
        ROW("CORE-16 U+10FFFD", "\xf4\x8f\xbf\xbd", true),
        ROW("CORE-17 U+102AD", "\xf0\x90\x8a\xad", true),
        ROW("CORE-17 a surrogate", "\xed\xa0\x80", false),
        ROW("CORE-17 U+D7FF", "\xed\x9f\xbf", true),
        ROW("CORE-17 overlong slash", "\xc0\xaf", false),
        ROW("CORE-17 overlong in three", "\xe0\x80\xaf", false),
        ROW("CORE-17 overlong in four", "\xf0\x80\x80\xaf", false),
        ROW("CORE-17 beyond Unicode", "\xf4\x90\x80\x80", false),
        ROW("CORE-17 cut", "\xe2\x82", false),
        ROW("CORE-17 a tail alone", "\x82", false),
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        EXPECT_EQ_ROW(rows[i].name, ce_string_is_valid(rows[i].text),
                      rows[i].valid);
}

/* An attribute of that type, or of a core attribute's name. */
static bool is_valid(const char *name, ce_type type, ce_slice text)
{
    ce_attr a = { ce_slice_of(name), text, type };
    ce_error err = { 0 };
    ce_status status = ce_attr_check(&a, &err);

    if (status != CE_OK) {
        EXPECT_STATUS(status, CE_EINVAL);
        EXPECT_STATUS(err.status, status);
        EXPECT_CONTAINS(err.text, name);
    }
    return status == CE_OK;
}

static const struct {
    ce_type type;
    row row;
} typed_texts[] = {
    { CE_BOOLEAN, ROW("CORE-12 true", "true", true) },
    { CE_BOOLEAN, ROW("CORE-12 false", "false", true) },
    { CE_BOOLEAN, ROW("CORE-12 True", "True", false) },
    { CE_BOOLEAN, ROW("CORE-12 TRUE", "TRUE", false) },
    { CE_BOOLEAN, ROW("CORE-12 1", "1", false) },
    { CE_BOOLEAN, ROW("CORE-12 t", "t", false) },
    { CE_BOOLEAN, ROW("CORE-12 empty", "", false) },
    { CE_INTEGER, ROW("CORE-13 least", "-2147483648", true) },
    { CE_INTEGER, ROW("CORE-13 most", "2147483647", true) },
    { CE_INTEGER, ROW("CORE-13 too small", "-2147483649", false) },
    { CE_INTEGER, ROW("CORE-13 too large", "2147483648", false) },
    { CE_INTEGER, ROW("CORE-13 far too large", "99999999999", false) },
    { CE_INTEGER, ROW("CORE-14 zero", "0", true) },
    { CE_INTEGER, ROW("CORE-14 minus zero", "-0", true) },
    { CE_INTEGER, ROW("CORE-14 plus", "+5", false) },
    { CE_INTEGER, ROW("CORE-14 leading zero", "05", false) },
    { CE_INTEGER, ROW("CORE-14 fraction", "5.0", false) },
    { CE_INTEGER, ROW("CORE-14 exponent", "5e0", false) },
    { CE_INTEGER, ROW("CORE-14 blank before", " 5", false) },
    { CE_INTEGER, ROW("CORE-14 blank behind", "5 ", false) },
    { CE_INTEGER, ROW("CORE-14 comma", "1,000", false) },
    { CE_INTEGER, ROW("CORE-14 empty", "", false) },
    { CE_INTEGER, ROW("CORE-14 minus alone", "-", false) },
    { CE_BINARY, ROW("CORE-18 Base64", "AQID", true) },
    { CE_BINARY, ROW("CORE-18 empty", "", true) },
    { CE_BINARY, ROW("CORE-19 no padding", "AQI", false) },
    { CE_URI, ROW("CORE-20 absolute", "https://a/b?c=d", true) },
    { CE_URI, ROW("CORE-20 a URN", "urn:isbn:1", true) },
    { CE_URI, ROW("CORE-20 a number sign", "#", false) },
    { CE_URI, ROW("CORE-20 a path", "/path", false) },
    { CE_URI, ROW("CORE-20 no scheme", "//host?q", false) },
    { CE_URI, ROW("CORE-20 empty", "", false) },
    { CE_URI, ROW("CORE-20 a digit first", "1a:b", false) },
    { CE_URI, ROW("CORE-21 a fragment", "https://a/b#c", true) },
    { CE_URI, ROW("CORE-23 a blank", "https://a/ b", false) },
    { CE_URI, ROW("CORE-23 a percent alone", "https://a/%", false) },
    { CE_URI, ROW("CORE-23 cut percent", "https://a/%a", false) },
    { CE_URI, ROW("CORE-23 percent", "https://a/%Af", true) },
    { CE_URI, ROW("CORE-23 quote", "https://a/\"", false) },
    { CE_URI, ROW("CORE-20 two fragments", "a:b#c#d", false) },
    { CE_URI_REF, ROW("CORE-22 fragment", "#fragment", true) },
    { CE_URI_REF, ROW("CORE-22 number", "1-555-123-4567", true) },
    { CE_URI_REF, ROW("CORE-22 path", "/x", true) },
    { CE_URI_REF, ROW("CORE-22 URN", "urn:uuid:1", true) },
    { CE_URI_REF, ROW("CORE-22 host", "//h/p", true) },
    { CE_URI_REF, ROW("CORE-22 query", "?q", true) },
    { CE_URI_REF, ROW("CORE-22 IPv6", "coap://[::1]:5683/x", true) },
    { CE_URI_REF, ROW("CORE-22 colon in the first segment", "1:2", false) },
    { CE_URI_REF, ROW("CORE-22 colon later", "a/1:2", true) },
    { CE_URI_REF, ROW("CORE-22 empty", "", true) },
    { CE_URI_REF, ROW("CORE-23 a blank", "/a b", false) },
    { CE_TIMESTAMP, ROW("CORE-24 UTC", "2024-05-01T12:00:00Z", true) },
    { CE_TIMESTAMP, ROW("CORE-25 no offset", "2024-05-01T12:00:00", false) },
    { CE_STRING, ROW("CORE-53 empty", "", true) },
    { CE_STRING, ROW("CORE-10 anything", "+5 %", true) },
};

static void typed_texts_are_canonical(void)
{
    for (size_t i = 0; i < COUNT(typed_texts); i++)
        EXPECT_EQ_ROW(
            typed_texts[i].row.name,
            is_valid("ext", typed_texts[i].type, typed_texts[i].row.text),
            typed_texts[i].row.valid);
}

static void core_attributes_have_rules_of_their_own(void)
{
    static const struct {
        const char *attribute;
        row row;
    } rows[] = {
        { "id", ROW("CORE-40 id empty", "", false) },
        { "id", ROW("CORE-53 id a blank", " ", true) },
        { "source", ROW("CORE-40 source empty", "", false) },
        { "source", ROW("CORE-41 source", "/s", true) },
        { "source", ROW("CORE-41 source with a blank", "/ s", false) },
        { "type", ROW("CORE-40 type empty", "", false) },
        { "type", ROW("CORE-45 type without prefix", "x", true) },
        { "specversion", ROW("CORE-42 1.0", "1.0", true) },
        { "specversion", ROW("SDK-13 0.3", "0.3", true) },
        { "specversion", ROW("CORE-43 0.9", "0.9", false) },
        { "specversion", ROW("CORE-43 1.1", "1.1", false) },
        { "specversion", ROW("CORE-43 2.0", "2.0", false) },
        { "specversion", ROW("CORE-43 empty", "", false) },
        { "datacontenttype", ROW("CORE-46 no slash", "xyz", false) },
        { "datacontenttype", ROW("CORE-46 empty", "", false) },
        { "datacontenttype", ROW("CORE-46 no subtype", "text/", false) },
        { "datacontenttype", ROW("CORE-46 no type", "/plain", false) },
        { "datacontenttype",
          ROW("CORE-46 parameters", "text/plain; a=b; c=\"d;\\\"e\"", true) },
        { "datacontenttype", ROW("CORE-46 open quote", "a/b; c=\"d", false) },
        { "datacontenttype",
          ROW("CORE-46 semicolon at the end", "a/b;", true) },
        { "datacontenttype", ROW("CORE-46 text behind", "a/b c", false) },
        { "dataschema", ROW("CORE-50 empty", "", false) },
        { "dataschema", ROW("CORE-50 relative", "schema", false) },
        { "dataschema", ROW("CORE-50 URI", "https://a/b", true) },
        { "subject", ROW("CORE-51 empty", "", false) },
        { "subject", ROW("CORE-51 text", "a b", true) },
        { "time", ROW("CORE-52 a day", "2024-05-01", false) },
        { "time",
          ROW("CORE-52 instant", "2024-05-01T00:00:00.10+01:00", true) },
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        EXPECT_EQ_ROW(rows[i].row.name,
                      is_valid(rows[i].attribute, CE_STRING, rows[i].row.text),
                      rows[i].row.valid);
}

static void errors_name_attribute_rule_and_value(void)
{
    ce_attr a = { CE_SLICE("time"), CE_SLICE("yesterday"), CE_TIMESTAMP };
    ce_error err;

    EXPECT_STATUS(ce_attr_check(&a, &err), CE_EINVAL);
    EXPECT_TEXT(ce_slice_of(err.text),
                "attribute \"time\": not an RFC 3339 timestamp: \"yesterday\"");
}

static void values_in_errors_are_short_and_printable(void)
{
    char large[500];
    ce_attr a = { CE_SLICE("x"), CE_SLICE("a\nb\xff\xc3\xa4"), CE_STRING };
    ce_error err;

    EXPECT_STATUS(ce_attr_check(&a, &err), CE_EINVAL);
    EXPECT_CONTAINS(err.text, "\"a\\x0Ab\\xFF\xc3\xa4\"");
    memset(large, '\x01', sizeof large);
    a.text = (ce_slice){ large, sizeof large };
    EXPECT_STATUS(ce_attr_check(&a, &err), CE_EINVAL);
    EXPECT_CONTAINS(err.text, "\\x01...\"");
    a.name = a.text;
    EXPECT_STATUS(ce_attr_check(&a, &err), CE_EINVAL);
    EXPECT_CMP(strlen(err.text), <, 200);
}

static void texts_are_read_as_types(void)
{
    ce_attr minus = { .text = CE_SLICE("-2147483648") };
    ce_attr yes = { .text = CE_SLICE("true") };
    ce_attr at = { .text = CE_SLICE("1970-01-01T00:00:01.5Z") };
    struct timespec t;
    int32_t integer;
    bool boolean;

    EXPECT_OK(ce_attr_integer(&minus, &integer));
    EXPECT_EQ(integer, INT32_MIN);
    EXPECT_OK(ce_attr_boolean(&yes, &boolean));
    EXPECT(boolean);
    EXPECT_OK(ce_attr_time(&at, &t));
    EXPECT_EQ(t.tv_sec, 1);
    EXPECT_EQ(t.tv_nsec, 500000000);
    EXPECT_CMP(ce_attr_integer(&yes, &integer), !=, CE_OK);
    EXPECT_CMP(ce_attr_boolean(&minus, &boolean), !=, CE_OK);
    EXPECT_CMP(ce_attr_time(&yes, &t), !=, CE_OK);
}

static void json_is_known_by_subtype_and_suffix(void)
{
    static const row rows[] = {
        ROW("JSON-22 json", "application/json", true),
        ROW("JSON-22 text", "text/json", true),
        ROW("JSON-22 suffix", "model/gltf+json", true),
        ROW("JSON-22 facets", "application/vnd.a.b+json", true),
        ROW("JSON-22 upper case", "APPLICATION/JSON", true),
        ROW("JSON-22 parameter", "application/json; charset=utf-8", true),
        ROW("JSON-22 blank", "application/json ;a=b", true),
        ROW("JSON-22 sequence", "application/json-seq", false),
        ROW("JSON-22 suffix with a tail", "application/geo+json-seq", false),
        ROW("JSON-22 longer", "text/jsonx", false),
        ROW("JSON-22 in a parameter", "text/plain; a=/json", false),
        ROW("JSON-22 no type", "json", false),
        ROW("JSON-22 empty", "", false),
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        EXPECT_EQ_ROW(rows[i].name, ce_media_type_is_json(rows[i].text),
                      rows[i].valid);
    EXPECT(!ce_media_type_is_json(ce_slice_of(NULL)));
}

static void parameters_of_media_types_are_found_without_case(void)
{
    ce_slice type = CE_SLICE("text/plain; a=b ;CharSet=\"UTF-8\"");

    EXPECT_TEXT(ce_media_type_parameter(type, "charset"), "UTF-8");
    EXPECT_TEXT(ce_media_type_parameter(type, "a"), "b");
    EXPECT_EQ(ce_media_type_parameter(type, "b").ptr, NULL);
    EXPECT_TEXT(ce_media_type_bare(type), "text/plain");
    EXPECT(ce_media_type_is_utf8(type));
    EXPECT(ce_media_type_is_utf8(CE_SLICE("text/plain")));
    EXPECT(!ce_media_type_is_utf8(CE_SLICE("a/b;charset=iso-8859-1")));
}

/* Keeps the last finding, and goes on. */
static ce_status keep(void *arg, const ce_error *found)
{
    *(ce_error *)arg = *found;
    return CE_OK;
}

static void lists_find_names_that_occur_twice(void)
{
    enum { MANY = 1000 };
    ce_arena *arena = ce_arena_new();
    ce_attrs list = { NULL, 0, 0 };
    ce_error twice = { CE_OK, "" };

    for (int i = 0; i < MANY; i++) {
        ce_attr a = { .name = ce_arena_printf(arena, "n%d", i) };

        REQUIRE_OK(ce_attrs_add(&list, arena, a));
        if (i % 50 == 0) {
            EXPECT_OK(ce_attrs_twice(&list, keep, &twice));
            EXPECT_OK(twice.status);
        }
    }
    EXPECT_EQ(ce_attrs_find(&list, CE_SLICE("n999")), &list.at[999]);
    EXPECT_EQ(ce_attrs_find(&list, CE_SLICE("n1000")), NULL);
    list.at[MANY - 1].name = CE_SLICE("n7");
    EXPECT_OK(ce_attrs_twice(&list, keep, &twice));
    EXPECT_CONTAINS(twice.text, "\"n7\"");
    list.at[1].name = CE_SLICE("n3");
    list.len = 10;
    EXPECT_OK(ce_attrs_twice(&list, keep, &twice));
    EXPECT_CONTAINS(twice.text, "\"n3\"");
    ce_arena_free(arena);
}

static void a_borrowed_list_is_copied_before_it_grows(void)
{
    ce_attr borrowed[] = { { .name = CE_SLICE("a") } };
    ce_attrs list = { borrowed, 1, 0 };
    ce_arena *arena = ce_arena_new();

    EXPECT_OK(ce_attrs_add(&list, arena, borrowed[0]));
    EXPECT_CMP(list.at, !=, borrowed);
    EXPECT_EQ(list.len, 2);
    ce_arena_free(arena);
}

TESTS("attr", TEST(names_are_lower_case_letters_and_digits),
      TEST(strings_hold_printable_characters), TEST(typed_texts_are_canonical),
      TEST(core_attributes_have_rules_of_their_own),
      TEST(errors_name_attribute_rule_and_value),
      TEST(values_in_errors_are_short_and_printable),
      TEST(texts_are_read_as_types), TEST(json_is_known_by_subtype_and_suffix),
      TEST(parameters_of_media_types_are_found_without_case),
      TEST(lists_find_names_that_occur_twice),
      TEST(a_borrowed_list_is_copied_before_it_grows))
