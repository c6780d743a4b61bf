/* SPDX-License-Identifier: Apache-2.0 */
/* A unix socket to listen on: a file that outlives a process that crashed. */
#ifndef CE_BINDINGS_HTTP_LOCAL_H
#define CE_BINDINGS_HTTP_LOCAL_H

#include <sys/types.h>

#include <cloudevents/error.h>

typedef struct ce_http_local {
    const char *path; /* borrowed */
    dev_t device;
    ino_t inode;
} ce_http_local;

/* Listens at PATH, whose file nobody can open who MODE does not let. A socket
 * that nobody listens on is replaced, another file never is. *FD is the
 * caller's to close. ERR says where, and why not. */
ce_status ce_http_local_listen(ce_http_local *out, const char *path,
                               unsigned mode, int *fd, ce_error *err);
/* Removes the file, if it is still that of L. Accepts what is zero. */
void ce_http_local_remove(const ce_http_local *l);

#endif
