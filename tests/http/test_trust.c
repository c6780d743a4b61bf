/* SPDX-License-Identifier: Apache-2.0 */
/* Files for TLS, where there is none. */
#include "tests/http/http_rig.h"

#include <cloudevents/settings.h>
#include <cloudevents/transport.h>

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
        { "http://h/?ca=a", "ca: needs TLS (https://)" },
        { "http://h/?cert=a&key_file=b", "cert: needs TLS (https://)" },
        { "http://h/?key_file=a", "key_file: needs TLS (https://)" },
        { "http://h/?ca=a&proxy=https://px", "ca: needs TLS (https://)" },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_error err = { CE_OK, "" };

        EXPECT_STATUS_ROW(rows[i].uri, check(rows[i].uri, &err), CE_EINVAL);
        EXPECT_STR_ROW(rows[i].uri, err.text, rows[i].says);
    }
}

static void nor_does_a_source_take_them(void)
{
    static const char *const names[] = { "ca", "cert", "key_file" };
    rig now;

    for (size_t i = 0; i < COUNT(names); i++) {
        ce_error err = { CE_OK, "" };
        char uri[80];

        snprintf(uri, sizeof uri, "http://127.0.0.1:0/?%s=a", names[i]);
        rig_open(&now);
        EXPECT_STATUS_ROW(uri, rig_try_receiver(&now, uri, &err), CE_EINVAL);
        EXPECT_CONTAINS(err.text, "needs TLS (https://)");
        rig_close(&now);
    }
}

static void with_tls_they_are_taken(void)
{
    ce_error err = { CE_OK, "" };

    EXPECT_OK(check("https://h/?ca=a&cert=b&key_file=c", &err));
}

TESTS("http trust", TEST(files_without_tls_are_refused),
      TEST(nor_does_a_source_take_them), TEST(with_tls_they_are_taken))
