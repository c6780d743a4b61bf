/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a sink for TLS, where there is none. */
#include "tests/support/ce_test.h"

#include <cloudevents/settings.h>
#include <cloudevents/transport.h>

extern const ce_transport ce_transport_http;

static ce_status check(const char *uri, ce_error *err)
{
    ce_settings *s;
    ce_status status;

    REQUIRE_OK(ce_settings_open(&s, ce_transport_http.sender_options, uri,
                                CE_URI_FOREIGN, err));
    status = ce_transport_http.check(CE_ROLE_SENDER, s, err);
    ce_settings_close(s);
    return status;
}

static void files_without_tls_are_refused(void)
{
    static const struct {
        const char *uri, *says;
    } rows[] = {
        { "http://h/?ca=a", "ca needs https://" },
        { "http://h/?cert=a&key_file=b", "cert needs https://" },
        { "http://h/?key_file=a", "key_file needs https://" },
        { "http://h/?ca=a&proxy=https://px", "ca needs https://" },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_error err = { CE_OK, "" };

        EXPECT_STATUS_ROW(rows[i].uri, check(rows[i].uri, &err), CE_EINVAL);
        EXPECT_STR_ROW(rows[i].uri, err.text, rows[i].says);
    }
}

static void with_tls_they_are_taken(void)
{
    ce_error err = { CE_OK, "" };

    EXPECT_OK(check("https://h/?ca=a&cert=b&key_file=c", &err));
}

TESTS("http trust", TEST(files_without_tls_are_refused),
      TEST(with_tls_they_are_taken))
