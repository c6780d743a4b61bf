/* SPDX-License-Identifier: Apache-2.0 */
/* Many small things freed at once: chunks in a list, a pointer that moves. */
#include <cloudevents/alloc.h>
#include <cloudevents/slice.h>

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* An event with its attributes usually fits into the first chunk, which reset
 * keeps. Later chunks double, to 1 MiB at most. */
enum { FIRST_CHUNK = 2048, ALIGNMENT = _Alignof(max_align_t) };

typedef struct chunk {
    struct chunk *older;
    size_t size, used;
    max_align_t bytes[];
} chunk;

struct ce_arena {
    chunk *newest; /* the oldest one is kept by reset */
    size_t used;
};

ce_arena *ce_arena_new(void)
{
    return ce_alloc_zeroed(sizeof(ce_arena));
}

static size_t round_up(size_t size)
{
    return (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
}

static chunk *add_chunk(ce_arena *a, size_t least)
{
    size_t size = a->newest ? a->newest->size * 2 : FIRST_CHUNK;
    chunk *c;

    if (size > 1024 * 1024)
        size = 1024 * 1024;
    if (size < least)
        size = least;
    if (size > SIZE_MAX / 2)
        return NULL;
    c = ce_alloc(sizeof *c + size);
    if (!c)
        return NULL;
    *c = (chunk){ .older = a->newest, .size = size };
    a->newest = c;
    return c;
}

void *ce_arena_alloc(ce_arena *a, size_t size)
{
    size_t need;
    chunk *c = a->newest;
    char *ptr;

    if (size > SIZE_MAX / 4)
        return NULL;
    need = round_up(size ? size : 1);
    if ((!c || c->size - c->used < need) && !(c = add_chunk(a, need)))
        return NULL;
    ptr = (char *)c->bytes + c->used;
    c->used += need;
    a->used += need;
    return ptr;
}

void ce_arena_shrink(ce_arena *a, void *newest, size_t size)
{
    chunk *c = a->newest;
    size_t used = (size_t)((char *)newest - (char *)c->bytes) + round_up(size);

    a->used -= c->used - used;
    c->used = used;
}

ce_status ce_arena_copy(ce_arena *a, ce_slice in, ce_slice *out)
{
    char *copy;

    if (!in.ptr) {
        *out = in;
        return CE_OK;
    }
    copy = ce_arena_alloc(a, in.len + 1);
    if (!copy)
        return CE_ENOMEM;
    memcpy(copy, in.ptr, in.len);
    copy[in.len] = '\0';
    *out = (ce_slice){ copy, in.len };
    return CE_OK;
}

ce_slice ce_arena_printf(ce_arena *a, const char *fmt, ...)
{
    va_list args;
    char *text;
    int len;

    va_start(args, fmt);
    len = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (len < 0 || !(text = ce_arena_alloc(a, (size_t)len + 1)))
        return (ce_slice){ NULL, 0 };
    va_start(args, fmt);
    vsnprintf(text, (size_t)len + 1, fmt, args);
    va_end(args);
    return (ce_slice){ text, (size_t)len };
}

size_t ce_arena_used(const ce_arena *a)
{
    return a->used;
}

static void drop_newest(ce_arena *a)
{
    chunk *c = a->newest;

    a->newest = c->older;
    ce_free(c);
}

void ce_arena_reset(ce_arena *a)
{
    while (a->newest && a->newest->older)
        drop_newest(a);
    if (a->newest && a->newest->size > FIRST_CHUNK)
        drop_newest(a);
    if (a->newest)
        a->newest->used = 0;
    a->used = 0;
}

ce_arena_mark ce_arena_marked(const ce_arena *a)
{
    ce_arena_mark mark = { .chunk = a->newest, .used = a->used };

    if (a->newest)
        mark.chunk_used = a->newest->used;
    return mark;
}

void ce_arena_rewind(ce_arena *a, ce_arena_mark mark)
{
    while (a->newest != mark.chunk)
        drop_newest(a);
    if (a->newest)
        a->newest->used = mark.chunk_used;
    a->used = mark.used;
}

void ce_arena_free(ce_arena *a)
{
    if (!a)
        return;
    while (a->newest)
        drop_newest(a);
    ce_free(a);
}
