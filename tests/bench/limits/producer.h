/* SPDX-License-Identifier: Apache-2.0 */
/* The producer of the limit programs: reports wake a loop through an eventfd.
 * Only for the benchmark. */
#ifndef LIMITS_PRODUCER_H
#define LIMITS_PRODUCER_H

#include <stddef.h>

#include <librdkafka/rdkafka.h>

/* Ends the program with what perror says. */
void die(const char *what);
/* Returns the eventfd; drain_reports when it can be read. The first record
 * does not wait for metadata. */
int open_producer(const char *bootstrap, const char *name);
/* Copies the value; takes the headers. OPAQUE comes back with the report. */
void produce(void *opaque, const char *value, size_t len,
             rd_kafka_headers_t *headers);
void drain_reports(int bell, void (*confirmed)(void *opaque));

#endif
