/* SPDX-License-Identifier: Apache-2.0 */
/* Sources at one address: which share it, and which cannot. */
#include "tests/bridge/config/plan_rig.h"

#define TO "    to: file:x\n"
#define TWO(one, other)                                                        \
    "routes:\n  r:\n    from: \"" one "\"\n" TO "  s:\n    from: \"" other     \
    "\"\n" TO

static const struct {
    const char *name, *text, *said;
} faulty_texts[] = {
    { "a port with two sets of limits",
      TWO("http://h:1/a", "http://h:1/b?max_connections=7"),
      "bridge.yaml:6: route \"r\" in line 3 listens at the same address: "
      "max_connections has to be the same" },
    { "a port with and without TLS", TWO("http://h:1/a", "https://h:1/b"),
      "bridge.yaml:6: route \"r\" in line 3 listens at the same address: "
      "http:// and https:// do not mix" },
    { "a port on all addresses and on one",
      TWO("http://0.0.0.0:1/a", "http://h:1/b"),
      "bridge.yaml:6: route \"r\" in line 3 listens at the same address: only "
      "one can, for 0.0.0.0:1 means every address" },
    { "a port with one path", TWO("http://*:1/a", "http://0.0.0.0:1/a"),
      "bridge.yaml:6: route \"r\" listens at the same address and path" },
    { "a path on all addresses, written in two ways",
      TWO("http://*/a", "http://*/b") "  t:\n    from: http://*/c\n" TO
                                      "  u:\n    from: http://0.0.0.0/b\n" TO,
      "bridge.yaml:12: route \"s\" listens at the same address and path" },
    { "a port whose path is asked for health",
      TWO("http://h/a?health_path=/b", "http://h:80/b"),
      "bridge.yaml:6: route \"r\" in line 3 listens at the same address: the "
      "health_path of one is the path of the other" },
    { "a path among others that is asked for health",
      TWO("http://h/0",
          "http://h/a?health_path=/c") "  t:\n    from: "
                                       "http://h/b\n" TO
                                       "  u:\n    from: http://h/c\n" TO,
      "bridge.yaml:12: route \"s\" in line 6 listens at the same address: the "
      "health_path of one is the path of the other" },
    { "limits of a route that is asked for health",
      TWO("http://*/0", "http://h:81/a") "  t:\n    from: "
                                         "http://i:81/b?health_path=/a\n" TO
                                         "  u:\n    from: "
                                         "http://i:81/c?max_connections=7\n" TO,
      "bridge.yaml:12: route \"t\" in line 9 listens at the same address: "
      "max_connections has to be the same" },
    { "the port of the admin endpoint",
      "admin: http://127.0.0.1:9090\n"
      "routes:\n  r:\n    from: http://0.0.0.0:9090/a\n" TO,
      "bridge.yaml:4: \"admin\" listens at the same address" },
    { "the usual port of the admin endpoint",
      "admin: http://127.0.0.1\n"
      "routes:\n  r:\n    from: http://127.0.0.1:9090/a\n" TO,
      "bridge.yaml:4: \"admin\" listens at the same address" },
    { "the port of https, written and not",
      TWO("https://h/a", "https://h:443/a"),
      "bridge.yaml:6: route \"r\" listens at the same address and path" },
    { "http at the port of https", TWO("https://h/a", "http://h:443/b"),
      "bridge.yaml:6: route \"r\" in line 3 listens at the same address: "
      "http:// and https:// do not mix" },
    { "a port with two numbers of workers",
      TWO("http://h:1/a?reuse_port=true",
          "http://h:1/b?reuse_port=true") "    workers: 2\n",
      "bridge.yaml:6: route \"r\" in line 3 listens at the same address: "
      "workers has to be the same" },
};

static void what_cannot_share_is_said_with_both_lines(void)
{
    for (size_t i = 0; i < COUNT(faulty_texts); i++) {
        plan_text(faulty_texts[i].text);
        EXPECT_EQ_ROW(faulty_texts[i].name, faults.count, 1);
        EXPECT_ROW(faulty_texts[i].name,
                   ce_slice_starts(ce_buf_slice(&faults.text),
                                   ce_slice_of(faulty_texts[i].said)));
    }
    forget();
}

static const struct {
    const char *text;
    bool shared;
} fine_texts[] = {
    { TWO("http://h:1/a", "http://h:1/b"), true },
    { TWO("http://h:1/a", "http://h:1/a/b?token=x&deadline=1s"), true },
    { TWO("http://h/a", "http://h:80/"), true },
    { TWO("https://h/a?cert=c&key_file=k", "https://h:443/b?cert=c&key_file=k"),
      true },
    { TWO("http://*:1/a", "http://0.0.0.0:1/b"), true },
    { TWO("http://h:1/a?health_path=/a", "http://h:1/b"), true },
    { TWO("http://h:1/a?health_path=/c", "http://h:1/b?health_path=/c"), true },
    { TWO("http://h:1/a", "http://h:2/a?max_connections=7"), false },
    { TWO("http://h:1/a", "http://i:1/a"), false },
    { TWO("http://h:0/a", "http://h:0/a"), false },
    { TWO("http://h:1/a", "kafka://h:1/a"), false },
    { TWO("http://h/a", "https://h/a"), false },
    { "admin: http://h:80\n" TWO("https://h/a", "https://h/b"), true },
    { "admin: unix:/a\n" TWO("http://h:9090/a", "http://h:9090/b"), true },
    { TWO("kafka://h:1/a", "kafka://h:1/b"), false },
};

static void what_shares_has_one_host_and_port(void)
{
    for (size_t i = 0; i < COUNT(fine_texts); i++) {
        plan_text(fine_texts[i].text);
        EXPECT_EQ_ROW(fine_texts[i].text, faults.count, 0);
        EXPECT_EQ_ROW(
            fine_texts[i].text,
            br_route_shares_listener(&plan.routes[0], &plan.routes[1]),
            fine_texts[i].shared);
    }
    forget();
}

TESTS("listeners", TEST(what_cannot_share_is_said_with_both_lines),
      TEST(what_shares_has_one_host_and_port))
