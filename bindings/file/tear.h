/* SPDX-License-Identifier: Apache-2.0 */
/* A file that ends inside a line. */
#ifndef CE_BINDINGS_FILE_TEAR_H
#define CE_BINDINGS_FILE_TEAR_H

#include <stdbool.h>
#include <stdint.h>

/* Whether the file of FD, open for writing, ends inside a line. One that may
 * not be read at PATH is trusted. Returns 0 or an errno. */
int ce_file_find_tear(int fd, const char *path, bool *torn);

/* Takes back the last COUNT bytes that FD, open for appending, has written.
 * False if somebody has written behind them, or the file cannot be cut. */
bool ce_file_take_back(int fd, uint64_t count);

#endif
