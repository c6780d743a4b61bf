/* SPDX-License-Identifier: Apache-2.0 */
/* Responses of servers, whole and cut at every byte. */
#include "bindings/http/response.h"

#include "tests/support/ce_test.h"

/* What a response has shown. */
typedef struct heard {
    ce_http_response response;
    char fields[2000], body[2000];
    unsigned begun;
    bool enough; /* refuse the body */
} heard;

static void on_begin(void *arg)
{
    heard *h = arg;

    h->begun++;
    h->fields[0] = '\0';
}

static void on_field(void *arg, ce_slice name, ce_slice value)
{
    heard *h = arg;
    size_t len = strlen(h->fields);

    snprintf(h->fields + len, sizeof h->fields - len, "%.*s=%.*s;",
             CE_ARG(name), CE_ARG(value));
}

static bool on_body(void *arg, ce_slice piece)
{
    heard *h = arg;
    size_t len = strlen(h->body);

    REQUIRE_CMP(piece.len, >, 0);
    snprintf(h->body + len, sizeof h->body - len, "%.*s", CE_ARG(piece));
    return !h->enough;
}

static const ce_http_response_ops ops = { on_begin, on_field, on_body };

static void begin(heard *h)
{
    h->fields[0] = h->body[0] = '\0';
    h->begun = 0;
    ce_http_response_begin(&h->response, &ops, h);
}

/* Shows TEXT in two pieces, cut at CUT; returns what was taken. */
static size_t show(heard *h, const char *text, size_t cut)
{
    ce_slice all = ce_slice_of(text);
    size_t first, second = 0;

    first = ce_http_response_take(&h->response, (ce_slice){ text, cut });
    if (first == cut)
        second = ce_http_response_take(&h->response, ce_slice_skip(all, cut));
    return first + second;
}

/* CLOSES: the connection ends behind it. */
typedef struct row {
    const char *name, *text, *fields, *body;
    unsigned status;
    bool keeps, closes;
} row;

static const row good[] = {
    { "a length", "HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 3\r\n\r\nabc",
      "A=b;Content-Length=3;", "abc", 200, true, false },
    { "no bytes", "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n",
      "Content-Length=0;", "", 202, true, false },
    { "no reason", "HTTP/1.1 202\r\ncontent-length:0\r\n\r\n",
      "content-length=0;", "", 202, true, false },
    { "an empty reason", "HTTP/1.1 202 \r\nContent-Length: 0\r\n\r\n",
      "Content-Length=0;", "", 202, true, false },
    { "line feeds alone", "HTTP/1.1 200 OK\nContent-Length: 1\n\nx",
      "Content-Length=1;", "x", 200, true, false },
    { "blanks around a value",
      "HTTP/1.1 200 OK\r\nA: \t b c \t\r\nContent-Length: 0\r\n\r\n",
      "A=b c;Content-Length=0;", "", 200, true, false },
    { "an empty value", "HTTP/1.1 200 OK\r\nA:\r\nContent-Length: 0\r\n\r\n",
      "A=;Content-Length=0;", "", 200, true, false },
    { "the same length twice",
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx",
      "Content-Length=1;Content-Length=1;", "x", 200, true, false },
    { "chunks",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n0a;x=\"y\"\r\n0123456789\r\n0\r\n\r\n",
      "Transfer-Encoding=chunked;", "abc0123456789", 200, true, false },
    { "chunks with trailers",
      "HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n"
      "1 \r\na\r\n000\r\nCE-ID: x\r\nB: c\r\n\r\n",
      "transfer-encoding=Chunked;", "a", 200, true, false },
    { "chunks and a length",
      "HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked"
      "\r\n\r\n1\r\na\r\n0\r\n\r\n",
      "Content-Length=9;Transfer-Encoding=chunked;", "a", 200, false, false },
    { "no content", "HTTP/1.1 204 No Content\r\nA: b\r\n\r\n", "A=b;", "", 204,
      true, false },
    { "not modified", "HTTP/1.1 304 No\r\n\r\n", "", "", 304, true, false },
    { "no content, but a length",
      "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n",
      "Content-Length=5;", "", 204, false, false },
    { "until the end", "HTTP/1.1 200 OK\r\n\r\nabc", "", "abc", 200, false,
      true },
    { "nothing until the end", "HTTP/1.1 200 OK\r\n\r\n", "", "", 200, false,
      true },
    { "the connection closes",
      "HTTP/1.1 200 OK\r\nConnection: x , Close\r\nContent-Length: 0\r\n\r\n",
      "Connection=x , Close;Content-Length=0;", "", 200, false, false },
    { "the connection closes, whatever else is said",
      "HTTP/1.1 200 OK\r\nConnection: close, keep-alive\r\n"
      "Connection: keep-alive\r\nContent-Length: 0\r\n\r\n",
      "Connection=close, keep-alive;Connection=keep-alive;Content-Length=0;",
      "", 200, false, false },
    { "HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na",
      "Content-Length=1;", "a", 200, false, false },
    { "HTTP/1.0 that keeps",
      "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\na",
      "Connection=keep-alive;Content-Length=1;", "a", 200, true, false },
    { "HTTP/1.0 with chunks",
      "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n"
      "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
      "Connection=keep-alive;Transfer-Encoding=chunked;", "a", 200, false,
      false },
    { "interim responses",
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nA: b\r\n"
      "Content-Length: 7\r\n\r\nHTTP/1.1 422 No\r\nContent-Length: 1\r\n\r\nx",
      "Content-Length=1;", "x", 422, true, false },
    { "an unusual status", "HTTP/1.1 799 X\r\nContent-Length: 0\r\n\r\n",
      "Content-Length=0;", "", 799, true, false },
};

static void a_response_is_the_same_wherever_it_is_cut(void)
{
    heard h = { .enough = false };

    for (size_t i = 0; i < COUNT(good); i++)
        for (size_t cut = 0; cut <= strlen(good[i].text); cut++) {
            const row *r = &good[i];

            begin(&h);
            EXPECT_EQ_ROW(r->name, show(&h, r->text, cut), strlen(r->text));
            EXPECT_EQ_ROW(r->name, ce_http_response_is_over(&h.response),
                          !r->closes);
            if (r->closes)
                ce_http_response_close(&h.response);
            EXPECT_EQ_ROW(r->name, h.response.part, CE_HTTP_COMPLETE);
            EXPECT_EQ_ROW(r->name, h.response.status, r->status);
            EXPECT_EQ_ROW(r->name, h.response.keeps, r->keeps);
            EXPECT_STR_ROW(r->name, h.fields, r->fields);
            EXPECT_STR_ROW(r->name, h.body, r->body);
        }
    ce_http_response_free(&h.response);
}

static void what_is_behind_a_response_is_left(void)
{
    static const char text[] =
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxyz";
    heard h = { .enough = false };

    begin(&h);
    EXPECT_EQ(show(&h, text, strlen(text)), strlen(text) - 2);
    EXPECT_STR(h.body, "x");
    ce_http_response_free(&h.response);
}

static void a_response_to_head_has_no_body(void)
{
    heard h = { .enough = false };

    begin(&h);
    h.response.to_head = true;
    show(&h, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", 4);
    EXPECT_EQ(h.response.part, CE_HTTP_COMPLETE);
    EXPECT(h.response.keeps);
    ce_http_response_free(&h.response);
}

/* STATUS: what is known all the same. */
static const struct {
    const char *name, *text, *defect;
    unsigned status;
} broken[] = {
    { "another protocol", "SSH-2.0-x\r\n", "not HTTP/1.1", 0 },
    { "HTTP/2", "HTTP/2.0 200 OK\r\n", "not HTTP/1.1", 0 },
    { "no minor version", "HTTP/1. 200 OK\r\n", "not HTTP/1.1", 0 },
    { "a status of two digits", "HTTP/1.1 20 OK\r\n", "not HTTP/1.1", 0 },
    { "a status of four digits", "HTTP/1.1 2000 OK\r\n", "not HTTP/1.1", 0 },
    { "a status of letters", "HTTP/1.1 abc OK\r\n", "not HTTP/1.1", 0 },
    { "a status of 0", "HTTP/1.1 099 OK\r\n", "not HTTP/1.1", 0 },
    { "another protocol from here", "HTTP/1.1 101 Switch\r\n\r\n", "protocol",
      0 },
    { "no colon", "HTTP/1.1 200 OK\r\nabc\r\n", "malformed", 200 },
    { "a blank before the colon", "HTTP/1.1 200 OK\r\nA : b\r\n", "malformed",
      200 },
    { "a folded line", "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n", "malformed", 200 },
    { "a control character", "HTTP/1.1 200 OK\r\nA: b\001\r\n", "malformed",
      200 },
    { "a return within a line", "HTTP/1.1 200 OK\r\nA: b\rC: d\r\n",
      "malformed", 200 },
    { "no length", "HTTP/1.1 200 OK\r\nContent-Length:\r\n", "Content-Length",
      200 },
    { "a negative length", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n",
      "Content-Length", 200 },
    { "a length with a sign", "HTTP/1.1 200 OK\r\nContent-Length: +1\r\n",
      "Content-Length", 200 },
    { "a list of lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n",
      "Content-Length", 200 },
    { "a length beyond all",
      "HTTP/1.1 200 OK\r\nContent-Length: 9999999999999999999\r\n",
      "Content-Length", 200 },
    { "two lengths",
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n",
      "two lengths", 200 },
    { "another coding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n",
      "Transfer-Encoding", 200 },
    { "two codings", "HTTP/1.1 503 OK\r\nTransfer-Encoding: gzip, chunked\r\n",
      "Transfer-Encoding", 503 },
    { "no size of a chunk",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n", "chunk",
      200 },
    { "a size that is none",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\n", "chunk",
      200 },
    { "a size beyond all",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
      "1000000000000000\r\n",
      "chunk", 200 },
    { "a chunk that is longer",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
      "too long", 200 },
    { "a chunk without an end",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na.\n", "chunk",
      200 },
};

static void a_broken_response_says_why(void)
{
    heard h = { .enough = false };

    for (size_t i = 0; i < COUNT(broken); i++)
        for (size_t cut = 0; cut <= strlen(broken[i].text); cut++) {
            begin(&h);
            show(&h, broken[i].text, cut);
            EXPECT_EQ_ROW(broken[i].name, h.response.part, CE_HTTP_BROKEN);
            EXPECT_CONTAINS_ROW(broken[i].name, h.response.defect,
                                broken[i].defect);
            EXPECT_EQ_ROW(broken[i].name, h.response.status, broken[i].status);
            EXPECT_ROW(broken[i].name, !h.response.keeps);
        }
    ce_http_response_free(&h.response);
}

static void an_end_before_the_end_is_a_defect(void)
{
    heard h = { .enough = false };

    for (size_t i = 0; i < COUNT(good); i++)
        for (size_t len = 0; len < strlen(good[i].text); len++) {
            begin(&h);
            ce_http_response_take(&h.response, (ce_slice){ good[i].text, len });
            if (h.response.part == CE_HTTP_UNTIL_CLOSE)
                continue;
            ce_http_response_close(&h.response);
            EXPECT_EQ_ROW(good[i].name, h.response.part, CE_HTTP_BROKEN);
            EXPECT_CONTAINS_ROW(good[i].name, h.response.defect, "ended");
        }
    ce_http_response_free(&h.response);
}

static void show_many(heard *h, const char *text)
{
    for (unsigned i = 0; i < 1 << 17; i++)
        ce_http_response_take(&h->response, ce_slice_of(text));
}

static void no_head_and_no_line_is_endless(void)
{
    static const struct {
        const char *name, *begin, *repeated, *defect;
    } rows[] = {
        { "a status line", "HTTP/1.1 200 ", "x", "too long" },
        { "a header", "HTTP/1.1 200 OK\r\nA: ", "x", "too long" },
        { "headers", "HTTP/1.1 200 OK\r\n", "A:\r\n", "too many headers" },
        { "interim responses", "", "HTTP/1.1 102 Wait\r\n\r\n", "too long" },
        { "the line of a chunk",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", "x",
          "too long" },
        { "trailers",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
          "A: b\r\n", "too long" },
    };
    heard h = { .enough = false };

    for (size_t i = 0; i < COUNT(rows); i++) {
        begin(&h);
        ce_http_response_take(&h.response, ce_slice_of(rows[i].begin));
        show_many(&h, rows[i].repeated);
        EXPECT_EQ_ROW(rows[i].name, h.response.part, CE_HTTP_BROKEN);
        EXPECT_CONTAINS_ROW(rows[i].name, h.response.defect, rows[i].defect);
    }
    ce_http_response_free(&h.response);
}

static void a_body_is_read_as_far_as_it_is_wanted(void)
{
    heard h = { .enough = true };

    begin(&h);
    show(&h, "HTTP/1.1 200 OK\r\n\r\nabc", 20);
    EXPECT_EQ(h.response.part, CE_HTTP_BROKEN);
    EXPECT_EQ(h.response.status, 200);
    EXPECT_STR(h.body, "a");
    ce_http_response_free(&h.response);
}

static void who_wants_the_status_alone_says_so(void)
{
    static const ce_http_response_ops none = { .body = NULL };
    heard h = { .enough = false };

    for (size_t i = 0; i < COUNT(good); i++) {
        ce_http_response_begin(&h.response, &none, &h);
        show(&h, good[i].text, 0);
        EXPECT_EQ_ROW(good[i].name, h.response.status, good[i].status);
        EXPECT_ROW(good[i].name, !h.response.defect);
    }
    ce_http_response_free(&h.response);
}

TESTS("http response", TEST(a_response_is_the_same_wherever_it_is_cut),
      TEST(what_is_behind_a_response_is_left),
      TEST(a_response_to_head_has_no_body), TEST(a_broken_response_says_why),
      TEST(an_end_before_the_end_is_a_defect),
      TEST(no_head_and_no_line_is_endless),
      TEST(a_body_is_read_as_far_as_it_is_wanted),
      TEST(who_wants_the_status_alone_says_so))
