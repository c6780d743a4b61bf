/* SPDX-License-Identifier: Apache-2.0 */
#include "mailbox.h"

#include "relay.h"

#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

static void ring(void *arg)
{
    mailbox *m = arg;

    silence(m->bell);
    if (m->ready)
        m->ready();
}

void mailbox_open(mailbox *m, void (*ready)(void))
{
    *m = (mailbox){ .bell = new_bell(), .ready = ready };
    pthread_mutex_init(&m->lock, NULL);
    watch(m->bell, ring, m);
}

static void add(letters *l, void *letter)
{
    if (l->count == l->room) {
        l->room = l->room ? l->room * 2 : 64;
        l->at = realloc(l->at, l->room * sizeof *l->at);
        if (!l->at)
            die("realloc");
    }
    l->at[l->count++] = letter;
}

void mailbox_put(mailbox *m, void *letter)
{
    static const uint64_t one = 1;
    bool first;

    pthread_mutex_lock(&m->lock);
    first = m->in.count == 0;
    add(&m->in, letter);
    pthread_mutex_unlock(&m->lock);
    if (first && write(m->bell, &one, sizeof one) < 0)
        die("eventfd");
}

static void swap(mailbox *m)
{
    letters old = m->out;

    old.count = 0;
    pthread_mutex_lock(&m->lock);
    m->out = m->in;
    m->in = old;
    pthread_mutex_unlock(&m->lock);
    m->next = 0;
}

bool mailbox_take(mailbox *m, void **letter)
{
    if (m->next == m->out.count)
        swap(m);
    if (m->next == m->out.count)
        return false;
    *letter = m->out.at[m->next++];
    return true;
}
