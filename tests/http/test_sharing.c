/* SPDX-License-Identifier: Apache-2.0 */
/* Which sources may share an address, by their settings alone. */
#include "bindings/http/http.h"
#include "bindings/http/sharing.h"
#include "tests/support/ce_test.h"

extern const ce_transport ce_transport_http;

static ce_settings *settings(const char *uri)
{
    ce_settings *s;

    REQUIRE_OK(ce_settings_open(&s, ce_transport_http.receiver_options, uri,
                                CE_URI_STRICT, NULL));
    return s;
}

static ce_status share(const char *a, const char *b, ce_error *err)
{
    ce_settings *first = settings(a), *second = settings(b);
    ce_status status = ce_transport_http.share(first, second, err);

    ce_settings_close(first);
    ce_settings_close(second);
    return status;
}

/* Of a connection whose request is not known yet there is one of each. */
static void what_a_connection_needs_is_the_same(void)
{
    static const char *const options[] = {
        "max_header_bytes=8KiB",
        "max_connections=7",
        "max_connections_per_address=7",
        "header_timeout=7s",
        "min_rate=7KiB",
        "idle_timeout=7s",
        "request_timeout=7s",
        "cert=other",
        "key_file=other",
        "ca=other",
        "tls_min=1.3",
        "tls_ciphers=NORMAL",
        "reuse_port=true",
    };
    ce_error err;
    char uri[100];

    for (size_t i = 0; i < COUNT(options); i++) {
        ce_slice name = { options[i], strcspn(options[i], "=") };

        snprintf(uri, sizeof uri, "https://h:1/b?%s", options[i]);
        EXPECT_EQ_ROW(options[i], share("https://h:1/a", uri, &err), CE_EINVAL);
        EXPECT_ROW(options[i], ce_slice_starts(ce_slice_of(err.text), name));
        EXPECT_CONTAINS(err.text, " has to be the same");
    }
}

static void what_a_request_needs_is_its_own(void)
{
    static const char *const options[] = {
        "token=t",          "user=u&password=p",         "max_event_bytes=7KiB",
        "deadline=7s",      "max_in_flight=7",           "cors_origins=*",
        "max_attributes=7", "webhook_origins=a.example",
    };
    char uri[100];

    for (size_t i = 0; i < COUNT(options); i++) {
        snprintf(uri, sizeof uri, "http://h:1/b?%s", options[i]);
        EXPECT_EQ_ROW(options[i], share("http://h:1/a", uri, NULL), CE_OK);
    }
}

/* The kernel gives each connection to the socket that is more specific. */
static void every_address_and_one_of_them_need_reuse_port(void)
{
    ce_error err;

    EXPECT_STATUS(share("http://0.0.0.0:1/a", "http://127.0.0.1:1/b", &err),
                  CE_EINVAL);
    EXPECT_CONTAINS(err.text, "0.0.0.0:1 means every address");
    EXPECT_STATUS(share("http://0.0.0.0:1/a?reuse_port=true",
                        "http://127.0.0.1:1/b?reuse_port=true", NULL),
                  CE_ENOENT);
    EXPECT_STATUS(share("http://0.0.0.0:1/a", "http://127.0.0.1:2/b", NULL),
                  CE_ENOENT);
    EXPECT_STATUS(share("http://127.0.0.1:0/a", "http://127.0.0.1:0/a", NULL),
                  CE_ENOENT);
}

TESTS("http sharing", TEST(what_a_connection_needs_is_the_same),
      TEST(what_a_request_needs_is_its_own),
      TEST(every_address_and_one_of_them_need_reuse_port))
