/* SPDX-License-Identifier: Apache-2.0 */
/* Few are held at a time: each for one line, or some that are written
 * together. */
#include "bindings/file/claim.h"

#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/stat.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static ce_file_claim *held; /* under MUTEX */

static bool is_taken(const ce_file_claim *c)
{
    const ce_file_claim *other = held;

    while (other && (other->dev != c->dev || other->ino != c->ino))
        other = other->next;
    return other != NULL;
}

bool ce_file_claim_take(ce_file_claim *c, int fd)
{
    struct stat st;

    if (c->is_held)
        return true;
    if (fstat(fd, &st))
        return false;
    c->dev = st.st_dev;
    c->ino = st.st_ino;
    pthread_mutex_lock(&mutex);
    c->is_held = !is_taken(c);
    if (c->is_held) {
        c->next = held;
        held = c;
    }
    pthread_mutex_unlock(&mutex);
    if (!c->is_held)
        errno = EWOULDBLOCK;
    return c->is_held;
}

void ce_file_claim_give(ce_file_claim *c)
{
    ce_file_claim **at = &held;

    if (!c->is_held)
        return;
    pthread_mutex_lock(&mutex);
    while (*at != c)
        at = &(*at)->next;
    *at = c->next;
    pthread_mutex_unlock(&mutex);
    c->is_held = false;
}
