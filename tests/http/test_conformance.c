/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP keeps the promises of all transports. */
#include "tests/support/ce_test.h"
#include "tests/support/conformance.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

/* A port that nobody listens on; the system does not give it to others
 * soon. */
static unsigned free_port(void)
{
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_addr = { htonl(INADDR_LOOPBACK) } };
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    REQUIRE_CMP(fd, >=, 0);
    REQUIRE_EQ(bind(fd, (struct sockaddr *)&at, len), 0);
    REQUIRE_EQ(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    close(fd);
    return ntohs(at.sin_port);
}

static void away(char *sender)
{
    snprintf(sender, CE_CONFORMANCE_URI, "http://127.0.0.1:%u/events",
             free_port());
}

static void meet(char *receiver, char *sender)
{
    away(receiver);
    snprintf(sender, CE_CONFORMANCE_URI, "%s", receiver);
}

int main(void)
{
    const ce_conformance http = { .transport = ce_transport_find("http:"),
                                  .meet = meet,
                                  .away = away,
                                  .answers = true,
                                  .empty_is_none = true };

    return ce_conformance_main("http conformance", &http);
}
