/* SPDX-License-Identifier: Apache-2.0 */
/* Makes the events of the load. Only for the benchmark. */
#ifndef LIMITS_MAKER_H
#define LIMITS_MAKER_H

#include "relay.h"

/* Before the first one. */
void name_attributes(const char *prefix);
/* Gives one to the sink; the NUMBER is in its id and chooses its key. */
void make_one(unsigned long number, void *token);

#endif
