/* SPDX-License-Identifier: Apache-2.0 */
/* libmicrohttpd 0.9.75 parses the head in place: it ends every line with a NUL
 * where its CR LF was, one for each byte, and hands out pointers into its
 * buffer. So in a well-formed head the version stands one byte behind the
 * target, each header begins two bytes after the end of the one before, and the
 * head ends four bytes after the last. A line that ended otherwise, a value
 * that a NUL cut short, and a folded line, which is copied elsewhere, all break
 * this chain. */
#include "bindings/http/old_lines.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#if MHD_VERSION == 0x00097500

static const char broken_line[] =
    "a header line has a bare line feed, a lone carriage return, a NUL, or is "
    "folded";

typedef struct chain {
    const char *expected; /* where the next header has to begin */
    bool broken;
} chain;

static enum MHD_Result follow(void *arg, enum MHD_ValueKind kind,
                              const char *name, size_t name_len,
                              const char *value, size_t value_len)
{
    chain *h = arg;
    const char *colon = name + name_len;

    (void)kind;
    h->broken = name != h->expected || value <= colon ||
                value > colon + 1 + strspn(colon + 1, " \t");
    h->expected = value + value_len + 2;
    return h->broken ? MHD_NO : MHD_YES;
}

/* Behind the empty line that ends the head. */
static const char *end_of_head(struct MHD_Connection *c, const char *method)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(c, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);

    return info ? method + info->header_size : NULL;
}

const char *ce_http_old_lines_look(struct MHD_Connection *c, const char *method,
                                   const char *behind_target,
                                   const char *version)
{
    chain h = { .expected = version + strlen(version) + 2 };

    if (version != behind_target)
        return "the request line has a NUL, or more than one blank";
    MHD_get_connection_values_n(c, MHD_HEADER_KIND, follow, &h);
    if (h.broken || h.expected + 2 != end_of_head(c, method) ||
        memcmp(h.expected - 2, "\0\0\0", 4) != 0)
        return broken_line;
    return NULL;
}

/* --- the proof --- */

#define REQUEST "POST /a?b=c HTTP/1.1\r\nHost: h\r\n"

typedef struct known {
    const char *head;
    size_t len;
    bool good;
} known;

#define HEAD(text, good)                                                       \
    {                                                                          \
        text, sizeof(text) - 1, good                                           \
    }

static const known heads[] = {
    HEAD(REQUEST "A: b\r\nC:\t d e \r\nF:\r\n\r\n", true),
    HEAD("\r\n" REQUEST "\r\n", true),
    HEAD(REQUEST "A: b\nC: d\r\n\r\n", false),
    HEAD(REQUEST "A: b\n\n", false),
    HEAD(REQUEST "A: b\0c\r\n\r\n", false),
    HEAD(REQUEST "A: b\r\n c\r\n\r\n", false),
    HEAD("POST /a\0b HTTP/1.1\r\nHost: h\r\n\r\n", false),
};

typedef struct proof {
    const char *behind_target;
    bool seen, good;
} proof;

static void *see_target(void *arg, const char *target, struct MHD_Connection *c)
{
    proof *p = arg;

    (void)c;
    p->behind_target = target + strlen(target) + 1;
    return NULL;
}

static enum MHD_Result see_head(void *arg, struct MHD_Connection *c,
                                const char *url, const char *method,
                                const char *version, const char *upload,
                                size_t *upload_len, void **context)
{
    proof *p = arg;

    (void)url, (void)upload, (void)upload_len, (void)context;
    p->seen = true;
    p->good = !ce_http_old_lines_look(c, method, p->behind_target, version);
    return MHD_NO;
}

/* A head that the library itself does not take is as good as refused. */
static bool judge(struct MHD_Daemon *mhd, proof *p, const known *k)
{
    struct sockaddr at = { .sa_family = AF_UNIX };
    int pair[2];

    *p = (proof){ 0 };
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
                   pair) != 0)
        return false;
    if (write(pair[1], k->head, k->len) == (ssize_t)k->len &&
        MHD_add_connection(mhd, pair[0], &at, sizeof at) == MHD_YES)
        for (unsigned i = 0; i < 4 && !p->seen; i++)
            MHD_run(mhd);
    close(pair[1]);
    MHD_run(mhd); /* sees the end, and lets the connection go */
    return k->good ? p->seen && p->good : !p->good;
}

bool ce_http_old_lines_prove(void)
{
    proof p = { 0 };
    struct MHD_Daemon *mhd;
    bool proven = true;

    if (strcmp(MHD_get_version(), "0.9.75") != 0)
        return false;
    mhd = MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET, 0, NULL,
                           NULL, see_head, &p, MHD_OPTION_STRICT_FOR_CLIENT, 1,
                           MHD_OPTION_URI_LOG_CALLBACK, see_target, &p,
                           MHD_OPTION_END);
    for (size_t i = 0; mhd && i < sizeof heads / sizeof *heads; i++)
        proven = judge(mhd, &p, &heads[i]) && proven;
    if (mhd)
        MHD_stop_daemon(mhd);
    return mhd && proven;
}

#else

bool ce_http_old_lines_prove(void)
{
    return false;
}

const char *ce_http_old_lines_look(struct MHD_Connection *c, const char *method,
                                   const char *behind_target,
                                   const char *version)
{
    (void)c, (void)method, (void)behind_target, (void)version;
    return NULL;
}

#endif
