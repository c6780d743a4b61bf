/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes: borrowed (slice), owned and growing (buf), freed together (arena). */
#ifndef CLOUDEVENTS_SLICE_H
#define CLOUDEVENTS_SLICE_H

#include <stdbool.h>
#include <stddef.h>

#include <cloudevents/api.h>
#include <cloudevents/error.h>

CE_BEGIN_DECLS

/* Borrowed bytes, not NUL-terminated. PTR == NULL means "absent", which is
 * distinct from empty wherever a transport can tell them apart. */
typedef struct ce_slice {
    const char *ptr;
    size_t len;
} ce_slice;

/* For literals in initialisers and expressions. */
#ifdef __cplusplus
#define CE_SLICE(literal) (ce_slice{ (literal), sizeof(literal) - 1 })
#else
#define CE_SLICE(literal) ((ce_slice){ (literal), sizeof(literal) - 1 })
#endif
/* For printf's "%.*s". */
#define CE_ARG(slice) (int)(slice).len, (slice).ptr

/* A slice of a NUL-terminated string, which must outlive it; NULL gives an
 * absent slice. */
CE_API ce_slice ce_slice_of(const char *text);
/* Compares bytes; absent and empty are equal here. */
CE_API bool ce_slice_eq(ce_slice a, ce_slice b);
/* Compares ASCII letters without case. */
CE_API bool ce_slice_eq_nocase(ce_slice a, ce_slice b);
CE_API bool ce_slice_starts(ce_slice s, ce_slice prefix);
CE_API bool ce_slice_starts_nocase(ce_slice s, ce_slice prefix);
/* Without the first N bytes; N may not exceed the length. */
CE_API ce_slice ce_slice_skip(ce_slice s, size_t n);
/* Without spaces and tabs at both ends. */
CE_API ce_slice ce_slice_trim(ce_slice s);

/* Owned bytes that grow. Begin with a zeroed buf, end with ce_buf_free. After
 * CE_ENOMEM the bytes are as they were. One thread at a time. */
typedef struct ce_buf {
    char *ptr;
    size_t len, cap;
} ce_buf;

/* Makes room for EXTRA more bytes after LEN; PTR may move. */
CE_API ce_status ce_buf_reserve(ce_buf *b, size_t extra) CE_MUST_USE;
CE_API ce_status ce_buf_append(ce_buf *b, ce_slice s) CE_MUST_USE;
CE_API ce_status ce_buf_byte(ce_buf *b, char c) CE_MUST_USE;
CE_API ce_status ce_buf_printf(ce_buf *b, const char *fmt, ...)
    CE_PRINTF(2, 3) CE_MUST_USE;
/* A view of the bytes, until the next call that may move them. */
CE_API ce_slice ce_buf_slice(const ce_buf *b);
/* Empties it and keeps the memory. */
CE_API void ce_buf_clear(ce_buf *b);
/* Frees the memory; the buf is empty again. */
CE_API void ce_buf_free(ce_buf *b);

/* Many small things that are freed at once: nothing in an arena is freed by
 * itself. Reset keeps the first chunk, so a warm arena does not call the
 * allocator. One thread at a time. */
typedef struct ce_arena ce_arena;

CE_API ce_arena *ce_arena_new(void) CE_MUST_USE;
/* Aligned for any type, not cleared; NULL when out of memory. */
CE_API void *ce_arena_alloc(ce_arena *a, size_t size) CE_MUST_USE;
/* Gives back the unused tail of the newest allocation. */
CE_API void ce_arena_shrink(ce_arena *a, void *newest, size_t size);
/* A NUL-terminated copy; of an absent slice an absent one. */
CE_API ce_status ce_arena_copy(ce_arena *a, ce_slice in,
                               ce_slice *out) CE_MUST_USE;
/* The formatted text as a slice that is also NUL-terminated; absent when out
 * of memory. */
CE_API ce_slice ce_arena_printf(ce_arena *a, const char *fmt, ...)
    CE_PRINTF(2, 3);
/* Bytes handed out since the last reset. */
CE_API size_t ce_arena_used(const ce_arena *a);
/* Frees everything in it; the arena can be used again. */
CE_API void ce_arena_reset(ce_arena *a);
/* A place to go back to: everything handed out later is given back. */
typedef struct ce_arena_mark {
    void *chunk;
    size_t chunk_used, used;
} ce_arena_mark;
CE_API ce_arena_mark ce_arena_marked(const ce_arena *a);
CE_API void ce_arena_rewind(ce_arena *a, ce_arena_mark mark);
/* Frees everything and the arena. Accepts NULL. */
CE_API void ce_arena_free(ce_arena *a);

CE_END_DECLS

#endif
