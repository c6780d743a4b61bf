/* SPDX-License-Identifier: Apache-2.0 */
/* Who wants to hear of an inbox: receivers of new records, a source of room.
 * Any thread. */
#ifndef CE_CORE_INBOX_NEWS_H
#define CE_CORE_INBOX_NEWS_H

#include <pthread.h>

#include "core/inbox/inbox.h"

typedef struct ce_listener {
    ce_loop *loop;
    ce_task *task; /* posted there; NULL: nobody listens */
} ce_listener;

typedef struct ce_news {
    pthread_mutex_t lock; /* of the rest */
    ce_listener added[CE_INBOX_SINKS], low;
    bool was_high;
} ce_news;

void ce_news_init(ce_news *n);
void ce_news_free(ce_news *n);
/* TO is a member of N. */
void ce_news_listen(ce_news *n, ce_listener *to, ce_loop *loop, ce_task *t);
/* To the first SINKS receivers, at least one. */
void ce_news_tell_added(ce_news *n, unsigned sinks);
/* Call when there is no room any more, and when there is: who waits hears of
 * the change. */
void ce_news_note_high(ce_news *n);
void ce_news_tell_low(ce_news *n);

#endif
