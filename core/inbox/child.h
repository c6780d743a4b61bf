/* SPDX-License-Identifier: Apache-2.0 */
/* A child process that reads what may end it. */
#ifndef CE_CORE_INBOX_CHILD_H
#define CE_CORE_INBOX_CHILD_H

#include <sys/types.h>

/* As fork. The child ends with 1 when it meets a fault, by SIGALRM, and with
 * the thread that called; other signals neither end it nor run its parent's
 * handlers. */
pid_t ce_child_fork(void);

#endif
