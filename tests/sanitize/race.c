/* SPDX-License-Identifier: Apache-2.0 */
/* Two threads that write at once; says when nobody has stopped them. */
#include <pthread.h>
#include <stdio.h>

static int shared;

static void *write_it(void *arg)
{
    (void)arg;
    shared++;
    return NULL;
}

int main(void)
{
    pthread_t threads[2];

    for (int i = 0; i < 2; i++) {
        if (pthread_create(&threads[i], NULL, write_it, NULL))
            return 1;
    }
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    return puts("went on") == EOF;
}
