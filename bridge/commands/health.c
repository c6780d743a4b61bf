/* SPDX-License-Identifier: Apache-2.0 */
/* cebridge health: asks an admin endpoint, for containers without other
 * programs. */
#include "bridge/commands/commands.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "bridge/cli/args.h"
#include "bridge/watch/console.h"

static const char usage[] = "cebridge health [options] [URL]";
static const char preset[] = "http://127.0.0.1:9090/readyz";

static const ce_option options[] = {
    { "timeout", CE_OPT_TIME, "3s", NULL, 1, 86400000,
      "how long the answer may take" },
    CE_OPTION_END,
};

typedef struct target {
    char host[256], port[8];
    const char *path;
    const char *socket; /* of a unix socket, or NULL */
} target;

static const char http[] = "http://", local[] = "unix:";

static bool has_scheme(const char *url, const char *scheme)
{
    return strncmp(url, scheme, strlen(scheme)) == 0;
}

static bool read_local(const char *url, target *out)
{
    *out = (target){ .host = "localhost",
                     .port = "80",
                     .path = "/readyz",
                     .socket = url + sizeof local - 1 };
    /* As in every URI of a file. */
    if (strncmp(out->socket, "///", 3) == 0)
        out->socket += 2;
    return *out->socket;
}

/* http://HOST[:PORT][/PATH], with HOST in brackets for IPv6. */
static bool read_http(const char *url, target *out)
{
    const char *p = url + sizeof http - 1, *end;
    size_t len, port;

    out->socket = NULL;
    end = *p == '[' ? strchr(++p, ']') : p + strcspn(p, ":/");
    if (!end || end == p || end - p >= (ptrdiff_t)sizeof out->host)
        return false;
    len = (size_t)(end - p);
    memcpy(out->host, p, len);
    out->host[len] = '\0';
    p = *end == ']' ? end + 1 : end;
    port = *p == ':' ? strspn(p + 1, "0123456789") : 0;
    if (port >= sizeof out->port || (*p == ':' && !port))
        return false;
    snprintf(out->port, sizeof out->port, "%.*s", port ? (int)port : 2,
             port ? p + 1 : "80");
    p += *p == ':' ? port + 1 : 0;
    out->path = *p ? p : "/";
    return *out->path == '/' && !strpbrk(out->path, " \r\n");
}

static bool read_url(const char *url, target *out)
{
    if (has_scheme(url, local))
        return read_local(url, out);
    return has_scheme(url, http) && read_http(url, out);
}

static bool give_up(const char *what, const char *why)
{
    br_complain("cebridge: %s: %s", what, why);
    return false;
}

static int dial(const struct addrinfo *a, uint64_t timeout_ms)
{
    const struct timeval limit = { (time_t)(timeout_ms / 1000),
                                   (suseconds_t)(timeout_ms % 1000 * 1000) };
    int fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    /* On Linux the first one limits connect, too (socket(7)). */
    if (!setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) &&
        !setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) &&
        !connect(fd, a->ai_addr, a->ai_addrlen))
        return fd;
    close(fd);
    return -1;
}

static int dial_local(const target *t, uint64_t timeout_ms)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    const struct addrinfo a = { .ai_family = AF_UNIX,
                                .ai_socktype = SOCK_STREAM,
                                .ai_addr = (struct sockaddr *)&at,
                                .ai_addrlen = sizeof at };
    int fd = -1;

    errno = ENAMETOOLONG;
    if (strlen(t->socket) < sizeof at.sun_path) {
        strcpy(at.sun_path, t->socket);
        fd = dial(&a, timeout_ms);
    }
    if (fd < 0)
        give_up(t->socket, errno == EAGAIN ? "no answer" : strerror(errno));
    return fd;
}

static int dial_host(const target *t, uint64_t timeout_ms)
{
    const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
    struct addrinfo *all = NULL;
    int rc = getaddrinfo(t->host, t->port, &hints, &all), fd = -1;

    if (rc) {
        give_up(t->host, gai_strerror(rc));
        return -1;
    }
    for (const struct addrinfo *a = all; a && fd < 0; a = a->ai_next)
        fd = dial(a, timeout_ms);
    if (fd < 0)
        give_up(t->host, errno == EINPROGRESS ? "no answer" : strerror(errno));
    freeaddrinfo(all);
    return fd;
}

static bool request(int fd, const target *t)
{
    char text[512];
    /* RFC 3986 3.2.2. */
    bool is_ipv6 = strchr(t->host, ':');
    int n = snprintf(text, sizeof text,
                     "GET %s HTTP/1.1\r\nHost: %s%s%s:%s\r\n"
                     "Connection: close\r\n\r\n",
                     t->path, is_ipv6 ? "[" : "", t->host, is_ipv6 ? "]" : "",
                     t->port);

    if (n >= (int)sizeof text)
        return give_up(t->path, "too long");
    return send(fd, text, (size_t)n, MSG_NOSIGNAL) == n ||
           give_up(t->host, strerror(errno));
}

/* Lines of the answer to /readyz, each an endpoint that is down. */
static void show_reasons(FILE *answer)
{
    char line[1024];

    for (unsigned n = 0; n < 1000 && fgets(line, sizeof line, answer); n++) {
        line[strcspn(line, "\r\n")] = '\0';
        if (strstr(line, ": down: "))
            br_complain("cebridge: %s", line);
    }
}

/* "HTTP/1.1 200" is well. */
static bool read_answer(FILE *answer, const target *t)
{
    char line[256];

    if (!fgets(line, sizeof line, answer))
        return give_up(t->host, feof(answer) ? "no HTTP answer" : "no answer");
    if (strlen(line) < 12 || strncmp(line, "HTTP/1.", 7) != 0)
        return give_up(t->host, "no HTTP answer");
    line[12] = '\0';
    if (strcmp(line + 9, "200") == 0)
        return true;
    give_up(t->path, line + 9);
    show_reasons(answer);
    return false;
}

/* Closes FD. */
static bool ask(int fd, const target *t)
{
    FILE *answer = fdopen(fd, "r");
    bool is_well = false;

    if (!answer) {
        close(fd);
        return give_up(t->host, strerror(errno));
    }
    if (request(fd, t))
        is_well = read_answer(answer, t);
    fclose(answer);
    return is_well;
}

static br_exit check(br_args *args, br_faults *faults)
{
    const char *url = args->rest_count ? args->rest[0] : preset;
    target t;
    uint64_t timeout_ms;
    int fd;

    if (!faults->count && args->rest_count > 1)
        br_fault_usage(faults, usage);
    if (!faults->count && !read_url(url, &t))
        br_fault(faults, NULL, "\"%s\" is no URL like %s", url, preset);
    if (br_faults_show(faults))
        return BR_EXIT_USAGE;
    timeout_ms = br_args_ms(args, options, "timeout");
    fd = t.socket ? dial_local(&t, timeout_ms) : dial_host(&t, timeout_ms);
    if (fd < 0)
        return BR_EXIT_FAILED;
    return ask(fd, &t) ? BR_EXIT_DONE : BR_EXIT_FAILED;
}

const br_command br_command_health = {
    .name = "health",
    .summary = "whether a bridge says that it is ready",
    .usage = usage,
    .about =
        "Asks the admin endpoint of a bridge, "
        "http://127.0.0.1:9090/readyz without a URL. unix:PATH asks "
        "/readyz at a unix socket. Exits with 0 when it answers with 200, "
        "else with 1 and the reason: the status, and each endpoint that is "
        "down.",
    .options = options,
    .run = check,
};
