/* SPDX-License-Identifier: Apache-2.0 */
/* Routes that several loops cannot share. */
#include "tests/bridge/config/plan_rig.h"

#define ROUTE "routes:\n  r:\n    from: foreign://h:1/a\n"
#define TO "    to: file:x\n"

static void what_loops_cannot_share_is_a_fault(void)
{
    static const struct {
        const char *name, *text, *said;
    } rows[] = {
        { "an inbox", ROUTE TO "    inbox: /d\n    workers: 2\n",
          "bridge.yaml:6: workers: 2 loops cannot share one inbox" },
        { "one subscription",
          "routes:\n  r:\n    from: custody://h/t?inbox=off\n" TO
          "    workers: 2\n",
          "bridge.yaml:5: workers: 2 subscribers would each get" },
        { "one topic filter",
          "routes:\n  r:\n    from: mqtt://h/t?inbox=off\n" TO
          "    workers: 2\n",
          "bridge.yaml:5: workers: 2 subscribers would each get every message; "
          "subscribe to $share/GROUP/TOPIC" },
        { "one client id",
          "routes:\n  r:\n    from: "
          "mqtt://h/$share/g/t?inbox=off&client_id=c\n" TO "    workers: 2\n",
          "bridge.yaml:5: workers: 2 clients would take one client_id from "
          "each other; without it each has its own" },
        { "one client id at a sink",
          "routes:\n  r:\n    from: http://h/?reuse_port=true\n"
          "    to: { uri: mqtt://h/t, client_id: c }\n    workers: 2\n",
          "bridge.yaml:5: workers: 2 clients would take one client_id" },
        { "one client id at a dead-letter target",
          "routes:\n  r:\n    from: http://h/?reuse_port=true\n" TO
          "    dead_letter: mqtt://h/t?client_id=c\n    workers: 2\n",
          "bridge.yaml:6: workers: 2 clients would take one client_id" },
        { "one static member",
          "routes:\n  r:\n    from: "
          "kafka://h/t?group=g&rdkafka.group.instance.id=i\n" TO
          "    workers: 2\n",
          "bridge.yaml:5: workers: 2 members with one group.instance.id would "
          "take the place of each other" },
        { "one file", "routes:\n  r:\n    from: file:a\n" TO "    workers: 2\n",
          "bridge.yaml:5: workers: 2 readers would each read the file" },
        { "a webhook",
          "routes:\n  r:\n    from: http://h/?reuse_port=true\n"
          "    to: { uri: http://h/, webhook: true }\n    workers: 2\n",
          "bridge.yaml:5: workers: 2 senders would each be as fast" },
        { "one port",
          "routes:\n  r:\n    from: http://h/\n" TO "    workers: 2\n",
          "bridge.yaml:5: workers: 2 loops share a port only with "
          "reuse_port=true" },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        plan_text(rows[i].text);
        EXPECT_EQ_ROW(rows[i].name, faults.count, 1);
        EXPECT_ROW(rows[i].name, ce_slice_starts(ce_buf_slice(&faults.text),
                                                 ce_slice_of(rows[i].said)));
    }
    forget();
}

TESTS("workers", TEST(what_loops_cannot_share_is_a_fault))
