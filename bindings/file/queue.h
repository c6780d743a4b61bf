/* SPDX-License-Identifier: Apache-2.0 */
/* Lines on their way to a file, and the deliveries that wait for them. */
#ifndef CE_BINDINGS_FILE_QUEUE_H
#define CE_BINDINGS_FILE_QUEUE_H

#include <stdint.h>

#include <cloudevents/delivery.h>

/* A delivery, and where its line stands in all that was ever put here. */
typedef struct ce_file_line_out {
    ce_delivery *d;
    uint64_t begin, end;
} ce_file_line_out;

typedef struct ce_file_queue {
    ce_buf buf;
    size_t written; /* of BUF */
    uint64_t total; /* bytes ever put into BUF */
    ce_buf lines;   /* of ce_file_line_out; begins at FIRST */
    size_t first;
} ce_file_queue;

/* The event of D as a line; JSON may have line breaks between tokens. */
ce_status ce_file_queue_add(ce_file_queue *q, ce_delivery *d, ce_slice json);
/* The same with a text, which stays as it is and may be several lines. */
ce_status ce_file_queue_add_text(ce_file_queue *q, ce_delivery *d,
                                 ce_slice text);
/* What is to be written next. */
ce_slice ce_file_queue_left(const ce_file_queue *q);
/* COUNT bytes of it were written. Returns whether they end with a line. */
bool ce_file_queue_take(ce_file_queue *q, size_t count);
/* Bytes ever written. */
uint64_t ce_file_queue_position(const ce_file_queue *q);
/* How many of these belong to a line that was not written whole. */
uint64_t ce_file_queue_begun(const ce_file_queue *q);
/* The delivery that waits longest, or NULL. */
ce_file_line_out *ce_file_queue_oldest(const ce_file_queue *q);
ce_delivery *ce_file_queue_shift(ce_file_queue *q);
/* Forgets what was not written. Returns how many deliveries wait. */
size_t ce_file_queue_drop_unwritten(ce_file_queue *q);
void ce_file_queue_free(ce_file_queue *q);

#endif
