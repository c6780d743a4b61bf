/* SPDX-License-Identifier: Apache-2.0 */
/* What the two ends of the in-memory transport share. */
#ifndef CE_TESTS_SUPPORT_MEM_ENDS_H
#define CE_TESTS_SUPPORT_MEM_ENDS_H

#include "tests/support/mem.h"

/* Blocks that are freed together; each piece is a block of its own. */
typedef struct mem_bag {
    void **at;
    unsigned len, cap;
} mem_bag;

ce_slice mem_bag_slice(mem_bag *b, ce_slice s);
ce_message mem_bag_message(mem_bag *b, const ce_message *m);
ce_origin mem_bag_origin(mem_bag *b, const ce_origin *o);
void mem_bag_free(mem_bag *b);

ce_status mem_receiver_open(ce_receiver **out, const ce_endpoint *at,
                            ce_error *err);
ce_status mem_sender_open(ce_sender **out, const ce_endpoint *at,
                          ce_error *err);

/* A sender that meets a receiver. */
typedef struct mem_guest mem_guest;
struct mem_guest {
    char name[64];
    /* The receiver came, went, or has credit again. Loop thread. */
    void (*changed)(mem_guest *g);
    mem_guest *next;
};
void mem_join(mem_guest *g);
void mem_leave(mem_guest *g);
/* Tells the guests of this name. */
void mem_tell(const char *name);

typedef void mem_heard_fn(void *arg, const ce_result *r);
/* Whether a receiver of this name receives. */
bool mem_is_open(const char *name);
/* Gives M to the receiver; NULL without credit. HEARD is called once with the
 * result, after the push, unless the arrival is forgotten before. */
struct mem_arrival *mem_hand_over(const char *name, const ce_message *m,
                                  mem_heard_fn *heard, void *arg);
void mem_push(struct mem_arrival *a);
void mem_forget(struct mem_arrival *a);

#endif
