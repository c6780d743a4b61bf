/* SPDX-License-Identifier: Apache-2.0 */
/* One allocator per process, so that applications can count or limit it. */
#include <cloudevents/alloc.h>

#include <stdlib.h>
#include <string.h>

static void *libc_allocate(size_t size, void *arg)
{
    (void)arg;
    return malloc(size);
}

static void *libc_resize(void *ptr, size_t size, void *arg)
{
    (void)arg;
    return realloc(ptr, size);
}

static void libc_release(void *ptr, void *arg)
{
    (void)arg;
    free(ptr);
}

static const ce_allocator libc = {
    .allocate = libc_allocate,
    .resize = libc_resize,
    .release = libc_release,
};

static const ce_allocator *current = &libc;

void ce_set_allocator(const ce_allocator *a)
{
    current = a ? a : &libc;
}

void *ce_alloc(size_t size)
{
    return current->allocate(size ? size : 1, current->arg);
}

void *ce_alloc_zeroed(size_t size)
{
    void *ptr = ce_alloc(size);

    if (ptr)
        memset(ptr, 0, size);
    return ptr;
}

void *ce_realloc(void *ptr, size_t size)
{
    return current->resize(ptr, size ? size : 1, current->arg);
}

char *ce_strndup(const char *text, size_t len)
{
    char *copy = ce_alloc(len + 1);

    if (!copy)
        return NULL;
    if (len)
        memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}

void ce_free(void *ptr)
{
    if (ptr)
        current->release(ptr, current->arg);
}
