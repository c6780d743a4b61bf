/* SPDX-License-Identifier: Apache-2.0 */
/* What a route promises follows from the options of its endpoints. */
#include "tests/bridge/config/plan_rig.h"

#define ROUTE "routes:\n  r:\n    from: foreign://h:1/a\n"
#define FOLLOWED "routes:\n  r:\n    from: file:a?follow=true"
#define CUT                                                                    \
    "may lose lines that are cut off before they are read (copytruncate)"
#define LATE "come into a rotated file after rotate_wait"
#define TO "    to: file:x?sync=true\n"

static const struct {
    const char *text, *promise;
} promised_texts[] = {
    { ROUTE TO, "at least once, but refused events are only logged" },
    { ROUTE TO "    dead_letter: file:d?sync=true\n", "at least once" },
    { ROUTE TO "    dead_letter: file:d\n",
      "at least once, but for dead letters it may lose on power failure "
      "because the file is not flushed" },
    { ROUTE TO "    dead_letter: kafka://h/t?rdkafka.acks=0\n",
      "at least once, but dead letters are at most once because the sink's "
      "broker does not confirm" },
    { "routes:\n  r:\n    from: custody://h/t\n" TO,
      "at least once, but may lose on power failure because the inbox is "
      "not flushed: the inbox keeps what the source has been told is safe" },
    { "routes:\n  r:\n    from: custody://h/t?inbox=sync\n" TO,
      "at least once: the inbox is flushed to disk before the source has "
      "its confirmation" },
    { "routes:\n  r:\n    from: custody://h/t?inbox=off\n" TO,
      "at most once because without an inbox a message is confirmed before the "
      "sink has it" },
    { "routes:\n  r:\n    from: custody://h/t?qos=0\n" TO,
      "at most once because the source sends with qos=0" },
    { ROUTE "    to: custody://h/t?qos=0\n",
      "at most once because the sink does not confirm" },
    { ROUTE "    to: [file:x, \"custody://h/t?rdkafka.acks=0\"]\n",
      "at most once because the sink does not confirm" },
    { ROUTE TO "    inbox: /d\n",
      "at least once, but may lose on power failure because the inbox is "
      "not flushed: the inbox keeps what the source has been told is safe" },
    { ROUTE "    to: foreign://h/x\n    request: true\n",
      "at least once: the sender has the sink's reply, or hears that "
      "there is none and may repeat its request" },
    { "routes:\n  r:\n    from: custody://h/t\n"
      "    to: foreign://h/x\n    request: true\n",
      "at most once because a request that is lost" },
    { "routes:\n  r:\n    from: http://h:1\n" TO,
      "at least once: the sender is answered after the sink has "
      "confirmed" },
    { "routes:\n  r:\n    from: http://h:1\n"
      "    to: http://h/x\n    request: true\n",
      "at least once: the sender has the sink's reply, or hears that "
      "there is none and may repeat its request" },
    { "routes:\n  r:\n    from: kafka://h/t\n" TO,
      "at least once, but refused events are only logged: an offset is "
      "stored after the sink has confirmed" },
    { "routes:\n  r:\n    from: kafka://h/t\n"
      "    to: foreign://h/x\n    request: true\n",
      "at least once: an offset is stored after the reply has been "
      "confirmed" },
    { ROUTE "    to: kafka://h/t?rdkafka.acks=0\n",
      "at most once because the sink's broker does not confirm" },
    { ROUTE "    to: kafka://h/t?rdkafka.request.required.acks=0\n",
      "at most once because the sink's broker does not confirm" },
    { "routes:\n  r:\n    from: mqtt://h/t\n" TO,
      "at least once, but may lose on power failure because the inbox is "
      "not flushed: the inbox keeps what the source has been told is safe" },
    { "routes:\n  r:\n    from: mqtt://h/t?inbox=off\n" TO,
      "at most once because with inbox=off a message is confirmed before it is "
      "safe" },
    { "routes:\n  r:\n    from: mqtt://h/t?inbox=off\n    inbox: /d\n" TO,
      "at most once because with inbox=off a message is confirmed before it is "
      "safe" },
    { "routes:\n  r:\n    from: mqtt://h/t?clean=true\n" TO,
      "at most once because with clean=true the source's broker forgets what "
      "is not yet confirmed when the connection ends" },
    { "routes:\n  r:\n    from: mqtt://h/t?qos=0\n" TO,
      "at most once because the source's broker sends with qos=0" },
    { "routes:\n  r:\n    from: mqtt://h/t\n"
      "    to: foreign://h/x\n    request: true\n",
      "at most once because a request that is lost in a crash is not answered, "
      "and its requester may repeat it" },
    { ROUTE "    to: mqtt://h/t?qos=0\n",
      "at most once because the sink's broker does not confirm" },
    { "routes:\n  r:\n    from: file:a\n" TO,
      "at least once, but refused events are only logged: a run that was cut "
      "short begins again at the file's first line" },
    { FOLLOWED "\n" TO "    dead_letter: file:d?sync=true\n",
      "at least once, but " CUT ", " LATE ", or are left in one at a restart "
      "(position= finds them): a run that was cut short begins again at the "
      "file's first line" },
    { FOLLOWED "&rotate_wait=0s&position=p\n" TO,
      "at least once, but " CUT " or " LATE ", and refused events are only "
      "logged" },
    { FOLLOWED "&position=p\n" TO "    inbox: /d\n",
      "at least once, but " CUT " or " LATE ", and may lose on power failure "
      "because the inbox is not flushed: the inbox keeps what the source has "
      "been told is safe" },
    { "routes:\n  r:\n    from: file:a?position=p\n" TO,
      "at least once, but refused events are only logged" },
    { "routes:\n  r:\n    from: file:/dev/null?follow=true\n" TO,
      "at most once because a pipe or device cannot be read again after a "
      "crash" },
    { "routes:\n  r:\n    from: \"-\"\n" TO,
      "at most once because standard input cannot be read again after a "
      "crash" },
    { "routes:\n  r:\n    from: file:-\n" TO,
      "at most once because standard input cannot be read again after a "
      "crash" },
    { "routes:\n  r:\n    from: file:/dev/null\n" TO,
      "at most once because a pipe or device cannot be read again after a "
      "crash" },
    { "routes:\n  r:\n    from: \"-\"\n    inbox: /d\n" TO,
      "at least once, but may lose on power failure because the inbox is "
      "not flushed: the inbox keeps what the source has been told is safe" },
    { "routes:\n  r:\n    from: mem://a\n" TO, "at least once" },
    { ROUTE "    to: file:x\n    dead_letter: file:d\n",
      "at least once, but may lose on power failure because the file is not "
      "flushed" },
    { ROUTE "    to: [mem://a, file:x]\n    inbox: /d\n",
      "at least once, but may lose on power failure because the inbox is not "
      "flushed, and may lose on power failure because the file is not flushed: "
      "the inbox keeps what the source has been told is safe" },
    { ROUTE "    to: \"-\"\n",
      "at least once, but refused events are only logged" },
    { ROUTE "    to: kafka://h/t?rdkafka.acks=1\n"
            "    dead_letter: file:d?sync=true\n",
      "at least once, but may lose when the sink's broker dies because it "
      "confirms before others have a copy" },
    { ROUTE "    to: kafka://h/t?rdkafka.acks=-1\n"
            "    dead_letter: file:d?sync=true\n",
      "at least once" },
};

static void promises_are_stated_for_what_they_are(void)
{
    for (size_t i = 0; i < COUNT(promised_texts); i++) {
        char said[BR_PROMISE_TEXT];

        REQUIRE(is_planned(promised_texts[i].text));
        br_route_promise_text(said, &plan.routes[0]);
        EXPECT_STR_ROW(promised_texts[i].text, said, promised_texts[i].promise);
    }
    forget();
}

TESTS("promises", TEST(promises_are_stated_for_what_they_are))
