/* SPDX-License-Identifier: Apache-2.0 */
#include "core/inbox/child.h"

#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

/* Else it would hold the lock and the ports of one that was killed, whose
 * successor needs them. One that has died before cannot be waited for. */
static void end_with(pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
}

static void on_fault(int number)
{
    (void)number;
    _exit(1);
}

/* A fault is an answer here, and leaves no trace. The other signals stay
 * blocked: a child that Ctrl-C has ended would look like a bad page, and a
 * handler would write into the pipe that its parent reads. */
static void expect_the_worst(void)
{
    static const int faults[] = { SIGBUS, SIGSEGV, SIGABRT, SIGFPE, SIGILL };
    const struct rlimit no_core = { 0, 0 };
    sigset_t heard;

    sigemptyset(&heard);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        signal(faults[i], on_fault);
        sigaddset(&heard, faults[i]);
    }
    signal(SIGALRM, SIG_DFL);
    sigaddset(&heard, SIGALRM);
    setrlimit(RLIMIT_CORE, &no_core);
    pthread_sigmask(SIG_UNBLOCK, &heard, NULL);
}

pid_t ce_child_fork(void)
{
    const pid_t parent = getpid();
    sigset_t all, before;
    pid_t pid;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid = fork();
    if (pid == 0) {
        end_with(parent);
        expect_the_worst();
    } else {
        pthread_sigmask(SIG_SETMASK, &before, NULL);
    }
    return pid;
}
