/* SPDX-License-Identifier: Apache-2.0 */
/* With assume=structured plain JSON is an event, or a batch. */
#include "tests/http/raw_client.h"

#define STRUCTURED                                                             \
    "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"t\"}"
#define JSON "Content-Type: application/json\r\n"

static rig now;
static client peer;
static unsigned tolerated;

static void count(ce_receiver *r, void *arg)
{
    (void)r;
    ++*(unsigned *)arg;
}

static void open_rig(const char *uri)
{
    rig_open(&now);
    rig_start_receiver(&now, uri);
    now.receiver->tolerated = count;
    now.receiver->tolerated_arg = &tolerated;
    tolerated = 0;
}

/* The status of the answer to a body behind these headers. */
static int post(const char *fields, const char *body)
{
    char text[1000];

    now.arrived = 0;
    snprintf(text, sizeof text, POST_HEAD "%sContent-Length: %zu\r\n\r\n%s",
             fields, strlen(body), body);
    return client_ask_once(&peer, &now, text);
}

static void plain_json_is_an_event_or_a_batch(void)
{
    static const struct {
        const char *name, *fields, *body;
        int status;
        unsigned arrives, tolerated;
    } rows[] = {
        { "an event", JSON, STRUCTURED, 202, 1, 1 },
        { "an array", JSON, " \n[" STRUCTURED "," STRUCTURED "]", 202, 2, 1 },
        { "an empty array", JSON, "[]", 202, 0, 1 },
        { "no type", "", STRUCTURED, 202, 1, 1 },
        { "parameters", "Content-Type: Application/JSON; charset=utf-8\r\n",
          STRUCTURED, 202, 1, 1 },
        { "no event", JSON, "{\"a\":1}", 400, 0, 1 },
        { "no body", JSON, "", 400, 0, 1 },
        { "another charset",
          "Content-Type: application/json;charset=utf-16\r\n", STRUCTURED, 400,
          0, 0 },
        { "another type", "Content-Type: text/plain\r\n", STRUCTURED, 400, 0,
          0 },
        { "an attribute", JSON "ce-id: 1\r\n", STRUCTURED, 400, 0, 0 },
        { "two types", JSON JSON, STRUCTURED, 400, 0, 0 },
        { "binary",
          JSON "ce-specversion: 1.0\r\nce-id: 1\r\nce-source: /s\r\n"
               "ce-type: t\r\n",
          STRUCTURED, 202, 1, 0 },
        { "structured", "Content-Type: application/cloudevents+json\r\n",
          STRUCTURED, 202, 1, 0 },
    };

    open_rig("http://127.0.0.1:0/?assume=structured");
    for (size_t i = 0; i < COUNT(rows); i++) {
        tolerated = 0;
        EXPECT_EQ_ROW(rows[i].name, post(rows[i].fields, rows[i].body),
                      rows[i].status);
        EXPECT_EQ_ROW(rows[i].name, now.arrived, rows[i].arrives);
        EXPECT_EQ_ROW(rows[i].name, tolerated, rows[i].tolerated);
    }
    rig_close(&now);
}

static void it_is_off_unless_stated(void)
{
    open_rig("http://127.0.0.1:0/");
    EXPECT_EQ(post(JSON, STRUCTURED), 400);
    EXPECT_EQ(post(JSON, "[" STRUCTURED "]"), 400);
    EXPECT_EQ(now.arrived, 0);
    EXPECT_EQ(tolerated, 0);
    rig_close(&now);
}

TESTS("http assume", TEST(plain_json_is_an_event_or_a_batch),
      TEST(it_is_off_unless_stated))
