/* SPDX-License-Identifier: Apache-2.0 */
/* Which sender of this process may write to a pipe, a terminal or another
 * device. flock(2) does not serve these: its lock belongs to the open file,
 * and that is shared by all who have standard output. */
#ifndef CE_BINDINGS_FILE_CLAIM_H
#define CE_BINDINGS_FILE_CLAIM_H

#include <stdbool.h>
#include <sys/types.h>

/* Zero it, and leave it in its place while it is held. */
typedef struct ce_file_claim {
    struct ce_file_claim *next;
    dev_t dev;
    ino_t ino;
    bool is_held;
} ce_file_claim;

/* Takes what FD writes to, unless another claim holds it; then it returns false
 * with EWOULDBLOCK. Any thread. */
bool ce_file_claim_take(ce_file_claim *c, int fd);
/* Any thread; does nothing if it is not held. */
void ce_file_claim_give(ce_file_claim *c);

#endif
