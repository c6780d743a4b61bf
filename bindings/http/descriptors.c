/* SPDX-License-Identifier: Apache-2.0 */
#include "bindings/http/descriptors.h"

/* For others, but at most half: 256 connections may linger (linger.c). */
enum { RESERVE = 512 };

unsigned ce_http_connections_within(unsigned long files, unsigned wanted)
{
    unsigned long reserve = files / 2 < RESERVE ? files / 2 : RESERVE;
    unsigned long room = files - reserve;

    return room < wanted ? (unsigned)room : wanted;
}
