/* SPDX-License-Identifier: Apache-2.0 */
/* What all formats decide alike: how data is written, and one version per
 * batch. */
#include "tests/support/ce_test.h"

#include "core/message/envelope.h"

static ce_event *made;

static void close_all(void)
{
    ce_event_free(made);
    made = NULL;
}

static ce_event *event_of(const char *type, ce_slice data, ce_data_kind kind)
{
    ce_error err;

    ce_event_free(made);
    made = ce_event_blank();
    REQUIRE(made != NULL);
    if (type)
        REQUIRE_OK(ce_event_set(made, "datacontenttype", type, &err));
    made->data = data;
    made->data_kind = kind;
    return made;
}

/* Transports bring bytes; the content type and the bytes say what they are. */
static void data_is_written_by_its_content_type(void)
{
    static const struct {
        const char *name, *type;
        ce_slice data;
        ce_data_kind kind, written;
    } rows[] = {
        { "none", "text/plain", CE_SLICE(""), CE_DATA_NONE, CE_DATA_NONE },
        { "JSON", "application/json", CE_SLICE("{}"), CE_DATA_BYTES,
          CE_DATA_JSON },
        { "a suffix of JSON", "a/b+json", CE_SLICE("1"), CE_DATA_BYTES,
          CE_DATA_JSON },
        { "broken JSON", "application/json", CE_SLICE("{"), CE_DATA_BYTES,
          CE_DATA_BYTES },
        { "text", "text/plain", CE_SLICE("x"), CE_DATA_BYTES, CE_DATA_TEXT },
        { "text of another charset", "text/plain; charset=latin1",
          CE_SLICE("x"), CE_DATA_BYTES, CE_DATA_BYTES },
        { "no UTF-8", "text/plain", CE_SLICE("\xff"), CE_DATA_BYTES,
          CE_DATA_BYTES },
        { "bytes that look like text", "application/octet-stream",
          CE_SLICE("x"), CE_DATA_BYTES, CE_DATA_BYTES },
        { "bytes without a type", NULL, CE_SLICE("x"), CE_DATA_BYTES,
          CE_DATA_BYTES },
        { "JSON without a type", NULL, CE_SLICE("{}"), CE_DATA_JSON,
          CE_DATA_JSON },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        const ce_event *e = event_of(rows[i].type, rows[i].data, rows[i].kind);

        EXPECT_EQ_ROW(rows[i].name, ce_envelope_kind(e), rows[i].written);
    }
}

static void only_json_data_without_a_type_implies_one(void)
{
    ce_error err;

    EXPECT(
        ce_envelope_implies_type(event_of(NULL, CE_SLICE("{}"), CE_DATA_JSON)));
    EXPECT(!ce_envelope_implies_type(
        event_of("a/b+json", CE_SLICE("{}"), CE_DATA_JSON)));
    EXPECT(
        !ce_envelope_implies_type(event_of(NULL, CE_SLICE("x"), CE_DATA_TEXT)));
    /* A signature covers the event as it is. */
    event_of(NULL, CE_SLICE("{}"), CE_DATA_JSON);
    REQUIRE_OK(ce_event_set(made, "dssematerial", "x", &err));
    EXPECT(!ce_envelope_implies_type(made));
}

static void a_batch_has_the_version_of_its_first_event(void)
{
    ce_event *e = event_of(NULL, CE_SLICE(""), CE_DATA_NONE);
    ce_batch_version v = { 0 };
    ce_error err;

    EXPECT_EQ(ce_batch_version_check(&v, 1, e, &err), CE_OK);
    EXPECT_EQ(ce_batch_version_check(&v, 1, e, &err), CE_OK);
    e->attrs.at[0].text = CE_SLICE("0.3");
    EXPECT_EQ(ce_batch_version_check(&v, 1, e, &err), CE_EINVAL);
    EXPECT_CONTAINS(err.text, "0.3");
    /* Another batch begins anew, and what is in none is free. */
    EXPECT_EQ(ce_batch_version_check(&v, 2, e, &err), CE_OK);
    EXPECT_EQ(ce_batch_version_check(&v, 0, e, &err), CE_OK);
}

TESTS_CLOSED_BY(close_all, "envelope",
                TEST(data_is_written_by_its_content_type),
                TEST(only_json_data_without_a_type_implies_one),
                TEST(a_batch_has_the_version_of_its_first_event))
