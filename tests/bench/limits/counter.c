/* SPDX-License-Identifier: Apache-2.0 */
#include "counter.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

_Atomic uint64_t *open_counter(const char *file)
{
    int fd = open(file, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    void *at;

    if (fd < 0 || ftruncate(fd, sizeof(uint64_t))) {
        perror(file);
        exit(1);
    }
    at =
        mmap(NULL, sizeof(uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED) {
        perror(file);
        exit(1);
    }
    close(fd);
    return at;
}
