/* SPDX-License-Identifier: Apache-2.0 */
/* Where this library gets its memory. */
#ifndef CLOUDEVENTS_ALLOC_H
#define CLOUDEVENTS_ALLOC_H

#include <stddef.h>

#include <cloudevents/api.h>

CE_BEGIN_DECLS

/* The three functions have the contracts of realloc(3) and free(3); ALLOCATE
 * need not clear. They are called from any thread. */
typedef struct ce_allocator {
    void *(*allocate)(size_t size, void *arg);
    void *(*resize)(void *ptr, size_t size, void *arg);
    void (*release)(void *ptr, void *arg);
    void *arg;
} ce_allocator;

/* Replaces the process's allocator. Call it before anything else of this
 * library, while only one thread runs; NULL restores malloc. Borrows A. */
CE_API void ce_set_allocator(const ce_allocator *a);

/* Memory of SIZE bytes, not cleared, or NULL. Free it with ce_free only: the
 * allocator may not be malloc. */
CE_API void *ce_alloc(size_t size) CE_MUST_USE;
/* Cleared memory, or NULL. */
CE_API void *ce_alloc_zeroed(size_t size) CE_MUST_USE;
/* Moves PTR to SIZE bytes, or returns NULL and leaves PTR alone. */
CE_API void *ce_realloc(void *ptr, size_t size) CE_MUST_USE;
/* A NUL-terminated copy of LEN bytes, or NULL. */
CE_API char *ce_strndup(const char *text, size_t len) CE_MUST_USE;
/* Accepts NULL. */
CE_API void ce_free(void *ptr);

CE_END_DECLS

#endif
