/* SPDX-License-Identifier: Apache-2.0 */
/* The URL of a proxy: what is refused, and that nobody is told of it. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/http/http_rig.h"

static rig now;

static ce_status open_with(const char *proxy, ce_error *err)
{
    ce_settings *s;
    ce_status status;

    REQUIRE_OK(ce_settings_open(&s, ce_transport_http.sender_options,
                                "http://h/", CE_URI_FOREIGN, err));
    REQUIRE_OK(ce_settings_set(s, "proxy", proxy, err));
    status = ce_transport_http.check(CE_ROLE_SENDER, s, err);
    ce_settings_close(s);
    return status;
}

static void what_is_no_proxy_is_refused_and_not_told(void)
{
    static const char *const values[] = {
        "http://user:p#sekret@px:3128", "http://user:p sekret@px:3128",
        "http://user:p/sekret@px:3128", "http://user:sekret@@px:3128",
        "http://user:1#sekret@px:3128", "http://user:1/sekret@px:3128",
        "http://user:1?sekret@px:3128", "http://user:sekret@px:port",
        "http://user:sekret@px:99999",  "htp://user:sekret@px:3128",
        "user:p#sekret@px:3128",        "http://user:sekret@",
    };

    for (size_t i = 0; i < COUNT(values); i++) {
        ce_error err = { CE_OK, "" };

        EXPECT_STATUS_ROW(values[i], open_with(values[i], &err), CE_EINVAL);
        EXPECT_CONTAINS_ROW(values[i], err.text, "option \"proxy\"");
        EXPECT_ROW(values[i], !strstr(err.text, "sekret"));
    }
}

static void what_is_a_proxy_is_taken(void)
{
    static const char *const values[] = {
        "none",
        "px",
        "px:3128",
        "http://px:3128/",
        "http://user:p%23w@px:3128",
        "HTTPS://user@px",
        "socks5h://u:p@[::1]:1080",
    };

    for (size_t i = 0; i < COUNT(values); i++) {
        ce_error err = { CE_OK, "" };

        EXPECT_STATUS_ROW(values[i], open_with(values[i], &err), CE_OK);
    }
}

static void one_of_the_environment_is_not_told(void)
{
    static const char *const values[] = {
        "http://user:p#sekret@px:3128",
        "htp://user:sekret@px:3128",
    };

    for (size_t i = 0; i < COUNT(values); i++) {
        const ce_mem_outcome *o;

        setenv("http_proxy", values[i], 1);
        rig_open(&now);
        rig_start_sender(&now, "http://target.invalid/");
        o = rig_outcome(&now, rig_send(&now, "1"));
        EXPECT_VERDICT(o->result, CE_UNDELIVERED);
        EXPECT_CONTAINS_ROW(values[i], o->result.reason, "proxy");
        EXPECT_ROW(values[i], !strstr(o->result.reason, "sekret"));
        rig_close_sender(&now, 2000);
        rig_close(&now);
    }
    unsetenv("http_proxy");
}

TESTS("http proxy", TEST(what_is_no_proxy_is_refused_and_not_told),
      TEST(what_is_a_proxy_is_taken), TEST(one_of_the_environment_is_not_told))
