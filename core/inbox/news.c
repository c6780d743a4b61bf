/* SPDX-License-Identifier: Apache-2.0 */
#include "core/inbox/news.h"

void ce_news_init(ce_news *n)
{
    pthread_mutex_init(&n->lock, NULL);
}

void ce_news_free(ce_news *n)
{
    pthread_mutex_destroy(&n->lock);
}

void ce_news_listen(ce_news *n, ce_listener *to, ce_loop *loop, ce_task *t)
{
    pthread_mutex_lock(&n->lock);
    *to = (ce_listener){ loop, t };
    pthread_mutex_unlock(&n->lock);
}

static void tell(const ce_listener *l)
{
    if (l->task)
        ce_loop_post(l->loop, l->task);
}

void ce_news_tell_added(ce_news *n, unsigned sinks)
{
    pthread_mutex_lock(&n->lock);
    for (unsigned i = 0; i == 0 || i < sinks; i++)
        tell(&n->added[i]);
    pthread_mutex_unlock(&n->lock);
}

void ce_news_note_high(ce_news *n)
{
    pthread_mutex_lock(&n->lock);
    n->was_high = true;
    pthread_mutex_unlock(&n->lock);
}

void ce_news_tell_low(ce_news *n)
{
    pthread_mutex_lock(&n->lock);
    if (n->was_high)
        tell(&n->low);
    n->was_high = false;
    pthread_mutex_unlock(&n->lock);
}
