/* SPDX-License-Identifier: Apache-2.0 */
/* The library tells nobody of bytes that never became a request. The system
 * has counted them. */
#include "bindings/http/traffic.h"

#include <stddef.h>

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

static bool is_ended(int fd)
{
    char byte;

    return recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

static bool look(int fd, struct tcp_info *out)
{
    socklen_t len = sizeof *out;

    /* Older systems fill in less. */
    return getsockopt(fd, IPPROTO_TCP, TCP_INFO, out, &len) == 0 &&
           len >= offsetof(struct tcp_info, tcpi_bytes_sent) +
                      sizeof out->tcpi_bytes_sent;
}

bool ce_http_traffic_has_come(int fd)
{
    struct tcp_info info;

    return look(fd, &info) && info.tcpi_bytes_received > 0 && !is_ended(fd);
}

uint64_t ce_http_traffic_unread(int fd)
{
    int bytes = 0;

    return ioctl(fd, FIONREAD, &bytes) == 0 && bytes > 0 ? (uint64_t)bytes : 0;
}

uint64_t ce_http_traffic_received(int fd)
{
    struct tcp_info info;

    return look(fd, &info) ? info.tcpi_bytes_received : 0;
}

bool ce_http_traffic_is_one_way(int fd)
{
    struct tcp_info info;

    return look(fd, &info) && info.tcpi_bytes_received > 0 &&
           info.tcpi_bytes_sent == 0 && !is_ended(fd);
}
