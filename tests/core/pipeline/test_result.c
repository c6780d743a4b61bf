/* SPDX-License-Identifier: Apache-2.0 */
/* One type for every outcome, in the pipeline and in applications. */
#include "core/base/utf8.h"
#include "tests/support/ce_test.h"

#include <cloudevents/result.h>

static void exactly_one_of_the_three_is_true(void)
{
    for (int status = 100; status < 700; status++) {
        ce_result r = ce_result_http(status, "%d", status);

        EXPECT_EQ(ce_result_is_ack(&r) + ce_result_is_nack(&r) +
                      ce_result_is_undelivered(&r),
                  1);
    }
}

static void a_status_decides_the_verdict(void)
{
    static const struct {
        const char *name;
        int status;
        ce_verdict verdict;
    } rows[] = {
        { "ok", 200, CE_ACK },
        { "accepted", 202, CE_ACK },
        { "no content", 204, CE_ACK },
        { "last success", 299, CE_ACK },
        { "moved", 301, CE_NACK },
        { "not modified", 304, CE_NACK },
        { "bad request", 400, CE_NACK },
        { "unauthorized", 401, CE_NACK },
        { "forbidden", 403, CE_NACK },
        { "not found", 404, CE_NACK },
        { "request timeout", 408, CE_UNDELIVERED },
        { "gone", 410, CE_NACK },
        { "too large", 413, CE_NACK },
        { "unsupported", 415, CE_NACK },
        { "too early", 425, CE_UNDELIVERED },
        { "too many", 429, CE_UNDELIVERED },
        { "internal error", 500, CE_UNDELIVERED },
        { "bad gateway", 502, CE_UNDELIVERED },
        { "unavailable", 503, CE_UNDELIVERED },
        { "gateway timeout", 504, CE_UNDELIVERED },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_result r = ce_result_http(rows[i].status, "no");

        EXPECT_VERDICT_ROW(rows[i].name, r, rows[i].verdict);
        EXPECT_EQ_ROW(rows[i].name, ce_result_http_status(&r), rows[i].status);
        EXPECT_EQ_ROW(rows[i].name, ce_result_is_retryable(&r),
                      (rows[i].verdict == CE_UNDELIVERED));
    }
}

static void what_no_http_peer_said_has_no_status(void)
{
    ce_result none = ce_result_ack(), own = ce_result_make(CE_NACK, "no");

    EXPECT_EQ(ce_result_http_status(&none), -1);
    EXPECT_EQ(ce_result_http_status(&own), -1);
    own.code = 135; /* MQTT: not authorized */
    EXPECT_EQ(ce_result_http_status(&own), -1);
}

static void the_message_is_never_null(void)
{
    ce_result none = { 0 }, some = ce_result_make(CE_NACK, "%d of %s", 3, "x");

    EXPECT(ce_result_is_ack(&none));
    EXPECT_STR(ce_result_message(&none), "");
    EXPECT_STR(ce_result_message(&some), "3 of x");
}

static void a_long_message_is_cut_between_two_characters(void)
{
    char text[300];
    size_t len;
    ce_result r;

    for (size_t before = 0; before < 3; before++) {
        memset(text, 'x', before);
        for (size_t i = before; i + 3 < sizeof text; i += 3)
            memcpy(text + i, "\xe2\x82\xac", 4);
        r = ce_result_make(CE_NACK, "%s", text);
        len = strlen(r.reason);
        EXPECT_CMP(len, <, CE_REASON_SIZE);
        EXPECT_CMP(len, >, CE_REASON_SIZE - 8);
        EXPECT_EQ((len - before) % 3, 0);
    }
}

static void a_message_is_one_line(void)
{
    ce_result r = ce_result_make(CE_NACK, "a\r\nb\tc");

    EXPECT_STR(r.reason, "a  b c");
}

static void a_message_may_hold_the_one_before(void)
{
    ce_result r = ce_result_make(CE_NACK, "no");

    ce_result_explain(&r, "not sent: %s", r.reason);
    EXPECT_STR(r.reason, "not sent: no");
}

/* Nothing in a reason can hide or turn what stands beside it. */
static void a_reason_has_neither_control_nor_bidi_characters(void)
{
    static const uint32_t harmful[] = {
        0x01,   0x0a,   0x1b,   0x7f,   0x85,   0x061c, 0x200e, 0x200f,
        0x2028, 0x2029, 0x202a, 0x202e, 0x2066, 0x2069, 0xfeff,
    };
    ce_result r;

    for (size_t i = 0; i < COUNT(harmful); i++) {
        char text[5] = "", name[12];

        ce_utf8_encode(harmful[i], text);
        snprintf(name, sizeof name, "U+%04X", (unsigned)harmful[i]);
        r = ce_result_make(CE_NACK, "a%sz%s", text, text);
        EXPECT_STR_ROW(name, r.reason, "a z ");
    }
    r = ce_result_make(CE_NACK, "\xc3\xa9\xe2\x82\xac \xff");
    EXPECT_STR(r.reason, "\xc3\xa9\xe2\x82\xac \xff");
}

TESTS("result", TEST(a_reason_has_neither_control_nor_bidi_characters),
      TEST(exactly_one_of_the_three_is_true),
      TEST(a_status_decides_the_verdict),
      TEST(what_no_http_peer_said_has_no_status),
      TEST(the_message_is_never_null),
      TEST(a_long_message_is_cut_between_two_characters),
      TEST(a_message_is_one_line), TEST(a_message_may_hold_the_one_before))
