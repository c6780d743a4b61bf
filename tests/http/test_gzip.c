/* SPDX-License-Identifier: Apache-2.0 */
/* Packed bodies in and out: the same bytes arrive, and no more than allowed. */
#include "tests/http/raw_client.h"
#include "tests/http/raw_server.h"

#include "bindings/http/gzip.h"

static rig now;
static client peer;
static server target;
static ce_http_gzip gzip;
static ce_buf packed, unpacked;
static char zeros[1 << 20];

static ce_slice pack(ce_slice in)
{
    REQUIRE_OK(ce_http_gzip_pack(&gzip, in, &packed));
    return ce_buf_slice(&packed);
}

static ce_status unpack(ce_slice in, size_t max, ce_error *err)
{
    return ce_http_gzip_unpack(&gzip, in, max, &unpacked, err);
}

static void close_gzip(void)
{
    ce_http_gzip_close(&gzip);
    ce_buf_free(&packed);
    ce_buf_free(&unpacked);
}

/* --- bytes --- */

static void what_is_packed_is_unpacked_again(void)
{
    static const size_t sizes[] = { 0, 1, 100, 65536, 65537, sizeof zeros };
    ce_error err;

    for (size_t i = 0; i < COUNT(sizes); i++) {
        ce_slice in = { zeros, sizes[i] };

        REQUIRE_OK(unpack(pack(in), sizes[i], &err));
        EXPECT_TEXT(ce_buf_slice(&unpacked), in);
    }
    close_gzip();
}

static void members_behind_each_other_are_one_text(void)
{
    ce_buf two = { NULL, 0, 0 };
    ce_error err;

    REQUIRE_OK(ce_buf_append(&two, pack(CE_SLICE("one "))));
    REQUIRE_OK(ce_buf_append(&two, pack(CE_SLICE("two"))));
    REQUIRE_OK(unpack(ce_buf_slice(&two), 7, &err));
    EXPECT_TEXT(ce_buf_slice(&unpacked), "one two");
    EXPECT_STATUS(unpack(ce_buf_slice(&two), 6, &err), CE_ETOOBIG);
    ce_buf_free(&two);
    close_gzip();
}

static void what_is_not_whole_is_refused(void)
{
    ce_error err;
    ce_slice text = pack(CE_SLICE("some text"));
    char bytes[100];

    for (size_t len = 0; len < text.len; len++)
        EXPECT_STATUS(unpack((ce_slice){ text.ptr, len }, 100, &err),
                      CE_ESYNTAX);
    /* The checksum is wrong. */
    memcpy(bytes, text.ptr, text.len);
    bytes[text.len - 8] ^= 1;
    EXPECT_STATUS(unpack((ce_slice){ bytes, text.len }, 100, &err), CE_ESYNTAX);
    /* More behind the end. */
    memcpy(bytes, text.ptr, text.len);
    bytes[text.len] = 'x';
    EXPECT_STATUS(unpack((ce_slice){ bytes, text.len + 1 }, 100, &err),
                  CE_ESYNTAX);
    EXPECT_STATUS(unpack(CE_SLICE("some text"), 100, &err), CE_ESYNTAX);
    /* zlib's own form is no gzip. */
    EXPECT_STATUS(
        unpack(CE_SLICE("\x78\x9c\x03\x00\x00\x00\x00\x01"), 100, &err),
        CE_ESYNTAX);
    /* And it goes on. */
    EXPECT_OK(unpack(text, 100, &err));
    close_gzip();
}

static void a_bomb_is_not_unpacked(void)
{
    ce_slice bomb = pack((ce_slice){ zeros, sizeof zeros });
    ce_error err;

    EXPECT_CMP(bomb.len, <, 6000);
    EXPECT_STATUS(unpack(bomb, sizeof zeros - 1, &err), CE_ETOOBIG);
    EXPECT_CONTAINS(err.text, "max_event_bytes");
    EXPECT_STATUS(unpack(bomb, 1000, &err), CE_ETOOBIG);
    EXPECT_CMP(unpacked.cap, <=, 4096);
    close_gzip();
}

/* --- requests that come in --- */

static int post(const char *fields, ce_slice body)
{
    char head[500];

    client_open(&peer, &now);
    snprintf(head, sizeof head, EVENT_HEAD "%sContent-Length: %zu\r\n\r\n",
             fields, body.len);
    client_send(&peer, head);
    client_send_bytes(&peer, body.ptr, body.len);
    client_answer(&peer);
    client_close(&peer);
    return peer.status;
}

static void open_source(void)
{
    rig_open(&now);
    rig_start_receiver(&now, "http://127.0.0.1:0/?max_event_bytes=100B");
}

static void a_packed_body_is_taken(void)
{
    static const char *const codings[] = {
        "Content-Encoding: gzip\r\n",
        "content-encoding: GZIP\r\n",
        "Content-Encoding: x-gzip\r\n",
        "Content-Encoding: identity\r\nContent-Encoding: gzip\r\n",
    };

    /* HTTP-30 */
    open_source();
    for (size_t i = 0; i < COUNT(codings); i++) {
        EXPECT_EQ_ROW(codings[i], post(codings[i], pack(CE_SLICE("some text"))),
                      202);
        REQUIRE(now.last != NULL);
        EXPECT_TEXT(now.last->data, "some text");
        EXPECT(!ce_event_get(now.last, "contentencoding"));
    }
    EXPECT_EQ(post("Content-Encoding: identity\r\n", CE_SLICE("some text")),
              202);
    EXPECT_TEXT(now.last->data, "some text");
    /* Nothing is nothing, packed or not. */
    EXPECT_EQ(post("Content-Encoding: gzip\r\n", CE_SLICE("")), 202);
    EXPECT_EQ(now.last->data_kind, CE_DATA_NONE);
    EXPECT_EQ(post("Content-Encoding: gzip\r\n", pack(CE_SLICE(""))), 202);
    EXPECT_EQ(now.last->data_kind, CE_DATA_NONE);
    rig_close(&now);
    close_gzip();
}

static void a_packed_structured_event_is_taken(void)
{
    open_source();
    EXPECT_EQ(post("Content-Encoding: gzip\r\n"
                   "Content-Type: application/cloudevents+json\r\n",
                   pack(CE_SLICE("{\"specversion\":\"1.0\",\"id\":\"7\","
                                 "\"source\":\"/s\",\"type\":\"t\"}"))),
              202);
    REQUIRE(now.last != NULL);
    EXPECT_TEXT(ce_event_text(now.last, "id"), "7");
    rig_close(&now);
    close_gzip();
}

static void an_unknown_coding_is_415(void)
{
    static const char *const codings[] = {
        "Content-Encoding: br\r\n",
        "Content-Encoding: deflate\r\n",
        "Content-Encoding: gzip, gzip\r\n",
        "Content-Encoding: gzip\r\nContent-Encoding: gzip\r\n",
        "Content-Encoding: br\r\nContent-Encoding: gzip\r\n",
    };

    /* HTTP-30 */
    open_source();
    for (size_t i = 0; i < COUNT(codings); i++) {
        const char *value;

        EXPECT_EQ_ROW(codings[i], post(codings[i], CE_SLICE("x")), 415);
        value = client_header(&peer, "Accept-Encoding");
        REQUIRE(value);
        EXPECT_STR_ROW(codings[i], value, "gzip");
        EXPECT_CONTAINS_ROW(codings[i], peer.body, "Content-Encoding");
    }
    EXPECT_EQ(now.arrived, 0);
    rig_close(&now);
}

static void a_packed_body_may_not_grow_too_large(void)
{
    open_source();
    EXPECT_EQ(
        post("Content-Encoding: gzip\r\n", pack((ce_slice){ zeros, 100 })),
        202);
    EXPECT_EQ(
        post("Content-Encoding: gzip\r\n", pack((ce_slice){ zeros, 101 })),
        413);
    EXPECT_CONTAINS(peer.body, "max_event_bytes");
    EXPECT_EQ(
        post("Content-Encoding: gzip\r\n", pack((ce_slice){ zeros, 50000 })),
        413);
    EXPECT_EQ(post("Content-Encoding: gzip\r\n", CE_SLICE("no gzip")), 400);
    EXPECT_CONTAINS(peer.body, "gzip");
    EXPECT_EQ(now.arrived, 1);
    rig_close(&now);
    close_gzip();
}

/* --- requests that go out --- */

static void open_sink(const char *query, bool wants_reply)
{
    char uri[200];

    rig_open(&now);
    server_open(&target, &now);
    snprintf(uri, sizeof uri, "http://127.0.0.1:%u/%s", target.port, query);
    rig_open_sender(&now, uri, wants_reply);
    REQUIRE_OK(now.app->ops->start(now.app, &now.sender->stage, NULL));
}

static void close_sink(void)
{
    rig_close_sender(&now, 1000);
    server_close(&target);
    rig_close(&now);
    close_gzip();
}

static void send_body(size_t len)
{
    int number = rig_send_bytes(&now, "text/plain", (ce_slice){ zeros, len });

    EXPECT_VERDICT(rig_outcome(&now, number)->result, CE_ACK);
}

static ce_slice sent_body(void)
{
    const char *body = server_last_body(&target);

    return (ce_slice){ body, target.last_len - (size_t)(body - target.last) };
}

static void large_bodies_leave_packed(void)
{
    ce_error err;

    open_sink("?gzip=true&gzip_min=100B", false);
    send_body(5000);
    EXPECT_STR(server_header(&target, "Content-Encoding"), "gzip");
    EXPECT_CMP(sent_body().len, <, 100);
    REQUIRE_OK(unpack(sent_body(), 5000, &err));
    EXPECT_TEXT(ce_buf_slice(&unpacked), ((ce_slice){ zeros, 5000 }));
    /* A short one, and then no header of the one before. */
    send_body(99);
    EXPECT_STR(server_header(&target, "Content-Encoding"), NULL);
    EXPECT_EQ(sent_body().len, 99);
    send_body(100);
    EXPECT_STR(server_header(&target, "Content-Encoding"), "gzip");
    send_body(0);
    EXPECT_STR(server_header(&target, "Content-Encoding"), NULL);
    close_sink();
}

static void what_would_grow_leaves_as_it_is(void)
{
    open_sink("?gzip=true&gzip_min=0B", false);
    send_body(1);
    EXPECT_STR(server_header(&target, "Content-Encoding"), NULL);
    EXPECT_EQ(sent_body().len, 1);
    close_sink();
}

static void nothing_is_packed_unless_asked(void)
{
    open_sink("", false);
    send_body(5000);
    EXPECT_STR(server_header(&target, "Content-Encoding"), NULL);
    EXPECT_STR(server_header(&target, "Accept-Encoding"), NULL);
    EXPECT_EQ(sent_body().len, 5000);
    close_sink();
}

/* --- replies --- */

static char answer[4000];

static void answer_packed(const char *coding, ce_slice body)
{
    int len = snprintf(answer, sizeof answer,
                       "HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\n"
                       "Content-Type: application/cloudevents+json\r\n"
                       "Content-Length: %zu\r\n\r\n",
                       coding, body.len);

    memcpy(answer + len, body.ptr, body.len);
    target.answer = answer;
    target.answer_len = (size_t)len + body.len;
}

static const ce_mem_outcome *ask(void)
{
    return rig_outcome(&now, rig_send(&now, "1"));
}

static void a_packed_reply_is_brought_back(void)
{
    open_sink("", true);
    answer_packed("gzip", pack(CE_SLICE("{\"specversion\":\"1.0\",\"id\":\"1\","
                                        "\"source\":\"/s\",\"type\":\"t\"}")));
    EXPECT(ask()->replied);
    EXPECT_STR(server_header(&target, "Accept-Encoding"), "gzip");
    close_sink();
}

static void a_reply_that_cannot_be_unpacked_is_lost(void)
{
    const ce_mem_outcome *o;

    open_sink("?max_event_bytes=1KiB", true);
    answer_packed("rot13", CE_SLICE("x"));
    o = ask();
    EXPECT_VERDICT(o->result, CE_UNDELIVERED);
    EXPECT_EQ(o->result.code, 502);
    EXPECT(!o->replied);
    EXPECT_CONTAINS(o->result.reason, "Content-Encoding");
    answer_packed("gzip", CE_SLICE("no gzip"));
    o = ask();
    EXPECT_VERDICT(o->result, CE_UNDELIVERED);
    EXPECT(!o->replied);
    EXPECT_CMP(*o->result.reason, !=, '\0');
    /* A bomb is cut. */
    answer_packed("gzip", pack((ce_slice){ zeros, sizeof zeros / 4 }));
    o = ask();
    EXPECT_VERDICT(o->result, CE_UNDELIVERED);
    EXPECT(!o->replied);
    EXPECT_CONTAINS(o->result.reason, "max_event_bytes");
    EXPECT_EQ(target.requests, 3);
    close_sink();
}

TESTS("http gzip", TEST(what_is_packed_is_unpacked_again),
      TEST(members_behind_each_other_are_one_text),
      TEST(what_is_not_whole_is_refused), TEST(a_bomb_is_not_unpacked),
      TEST(a_packed_body_is_taken), TEST(a_packed_structured_event_is_taken),
      TEST(an_unknown_coding_is_415),
      TEST(a_packed_body_may_not_grow_too_large),
      TEST(large_bodies_leave_packed), TEST(what_would_grow_leaves_as_it_is),
      TEST(nothing_is_packed_unless_asked),
      TEST(a_packed_reply_is_brought_back),
      TEST(a_reply_that_cannot_be_unpacked_is_lost))
