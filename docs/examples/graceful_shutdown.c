/* SPDX-License-Identifier: Apache-2.0 */
/* Graceful shutdown: SIGTERM ends the intake, running handlers finish, and no
 * accepted event is lost.
 *
 *     graceful_shutdown http://127.0.0.1:8080/events
 */
#include <signal.h>
#include <unistd.h>

#include "example.h"

enum { SHUTDOWN_MS = 10000 };

/* Work that needs some time. */
static ce_result work(void *arg, const ce_event *event, ce_event **reply)
{
    const struct timespec some = { 0, 200000000 };

    (void)arg;
    (void)reply;
    printf("working on %.*s\n", CE_ARG(ce_event_text(event, "subject")));
    fflush(stdout);
    nanosleep(&some, NULL);
    printf("done\n");
    return ce_result_ack();
}

int main(int argc, char **argv)
{
    ce_client *receiver;
    sigset_t signals;
    int signal;

    if (argc != 2)
        usage("graceful_shutdown URI");
    /* Block it before any thread starts: all threads inherit the mask. */
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    receiver = receive(argv[1], work, NULL);
    printf("ready\n");
    fflush(stdout);
    sigwait(&signals, &signal);
    ce_client_stop_receiver(receiver, SHUTDOWN_MS);
    printf("stopped after %llu events\n",
           (unsigned long long)ce_client_count(receiver).received);
    ce_client_close(receiver);
    return 0;
}
