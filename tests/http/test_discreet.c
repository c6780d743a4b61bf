/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses are hidden, words are not. */
#include "bindings/http/discreet.h"

#include "tests/support/ce_test.h"

static const struct {
    const char *reason, *told;
} rows[] = {
    { "Failed to connect to 10.0.0.7 port 8080 after 0 ms: Couldn't connect to "
      "server",
      "Failed to connect to [hidden] port [hidden] after 0 ms: Couldn't "
      "connect "
      "to server" },
    { "Failed to connect to sink port 80 after 3 ms: Connection refused",
      "Failed to connect to [hidden] port [hidden] after 3 ms: Connection "
      "refused" },
    { "Could not resolve host: db.internal",
      "Could not resolve host: [hidden]" },
    { "Could not resolve host: db", "Could not resolve host: [hidden]" },
    { "no alternative subject name matches target host name 'db.internal'",
      "no alternative subject name matches target host name '[hidden]'" },
    { "kafka:9092/bootstrap: Connect to ipv4#10.1.2.3:9092 failed: refused",
      "[hidden]: Connect to [hidden] failed: refused" },
    { "[fd00::7]:9092/bootstrap: Connect to ipv6#[fd00::7]:9092 failed: "
      "refused",
      "[hidden]: Connect to [hidden] failed: refused" },
    { "ipv6#[fd00::7]:9092/1, ipv4#10.1.2.3:9092/1: the peer hung up",
      "[hidden], [hidden]: the peer hung up" },
    { "Failed to connect to sink port 80 via proxy after 3 ms: refused",
      "Failed to connect to [hidden] port [hidden] via [hidden] after 3 ms: "
      "refused" },
    { "Failed to resolve 'broker-1:9092': Name or service not known (after "
      "5ms)",
      "Failed to resolve '[hidden]': Name or service not known (after 5ms)" },
    { "mqtts://b.example:8883/t: not authorized", "[hidden]: not authorized" },
    { "no route to [fe80::1]:80, fe80::2.", "no route to [hidden], [hidden]." },
    { "no route to [fe80::1%eth0]:80, fe80::2%wlan-1",
      "no route to [hidden], [hidden]" },
    { "another process has locked /var/lib/x/data",
      "another process has locked [hidden]" },
    { "HTTP 401: bad token", "HTTP 401: bad token" },
    { "no reply in time", "no reply in time" },
    { "topic \"orders.v2\" partition 3: not enough replicas",
      "topic \"orders.v2\" partition 3: not enough replicas" },
    { "waits until 10:30 for com.example.type",
      "waits until 10:30 for com.example.type" },
    { "h:9092: the peer hung up; it may want TLS: kafkas://, ca=",
      "[hidden]: the peer hung up; it may want TLS: kafkas://, ca=" },
    { "nobody listens at this host and port",
      "nobody listens at this host and port" },
    { "unknown host; is its name right?", "unknown host; is its name right?" },
    { "ca= names the authority, and the URI the host of the certificate",
      "ca= names the authority, and the URI the host of the certificate" },
    { "", "" },
};

static void what_is_an_address_is_hidden(void)
{
    for (size_t i = 0; i < COUNT(rows); i++) {
        ce_result r = ce_result_make(CE_UNDELIVERED, "%s", rows[i].reason);

        ce_http_hide_addresses(&r);
        EXPECT_STR_ROW(rows[i].reason, r.reason, rows[i].told);
    }
}

static void a_long_reason_stays_within_its_room(void)
{
    ce_result r = ce_result_make(CE_UNDELIVERED, "%0180d a:1 b:2 c:3", 0);

    ce_http_hide_addresses(&r);
    EXPECT_CMP(strlen(r.reason), <, CE_REASON_SIZE);
    EXPECT(!strstr(r.reason, "b:2"));
}

TESTS("http discreet", TEST(what_is_an_address_is_hidden),
      TEST(a_long_reason_stays_within_its_room))
