/* SPDX-License-Identifier: Apache-2.0 */
/* Batches of a format of which only the format knows how they look. They are
 * held as a whole. */
#include "bridge/forms/form.h"

#include <string.h>

/* --- reading --- */

typedef struct whole {
    const ce_format *format;
    const br_taker *to;
    br_place at; /* events have no lines: they are counted instead */
    ce_status ended;
} whole;

static ce_status take(void *arg, const ce_event *e, ce_slice body)
{
    whole *w = arg;
    ce_message m = { .mode = CE_MODE_STRUCTURED, .format = w->format };

    (void)e;
    m.content_type = ce_slice_of(w->format->media_type);
    m.body = body;
    w->ended = w->to->take(w->to->arg, &w->at, &m);
    w->at.line++;
    return w->ended;
}

static ce_status decode(whole *w, ce_slice body, ce_error *err)
{
    ce_arena *arena = ce_arena_new();
    ce_status status;

    if (!arena)
        return ce_no_memory(err);
    status = w->format->decode_batch(body, arena, take, w, err);
    ce_arena_free(arena);
    /* The taker's own end is none of the batch's faults. */
    if (status == CE_OK || status == CE_ENOMEM || w->ended != CE_OK)
        return status;
    return w->to->refuse(w->to->arg, &w->at, err->text);
}

ce_status br_form_read_whole(const br_form *form, br_input *in,
                             const br_taker *to, ce_error *err)
{
    whole w = { .format = br_form_format(form), .to = to };
    ce_status status = br_form_read_all(in, to->max_bytes, err);

    w.at = (br_place){ .file = in->name, .line = 1, .batch = 1 };
    if (status == CE_ETOOBIG)
        return to->refuse(to->arg, &w.at, err->text);
    if (status != CE_OK)
        return status;
    return decode(&w, br_input_rest(in), err);
}

/* --- writing --- */

ce_status br_form_write_whole(ce_slice event, ce_buf *out)
{
    ce_slice length = { (const char *)&event.len, sizeof event.len };
    ce_status status = ce_buf_append(out, length);

    return status == CE_OK ? ce_buf_append(out, event) : status;
}

/* Takes the next event from what br_form_write_whole has written. */
static ce_slice next(ce_slice *kept)
{
    ce_slice event;

    memcpy(&event.len, kept->ptr, sizeof event.len);
    event.ptr = kept->ptr + sizeof event.len;
    *kept = ce_slice_skip(*kept, sizeof event.len + event.len);
    return event;
}

static ce_status encode(const ce_format *f, ce_slice kept, size_t count,
                        ce_arena *arena, ce_buf *out)
{
    ce_event *events = ce_arena_alloc(arena, (count + 1) * sizeof *events);
    const ce_event **list = ce_arena_alloc(arena, (count + 1) * sizeof *list);

    if (!events || !list)
        return CE_ENOMEM;
    for (size_t i = 0; i < count; i++) {
        ce_error err;
        ce_status status = f->decode(next(&kept), arena, &events[i], &err);

        if (status != CE_OK)
            return status;
        list[i] = &events[i];
    }
    return f->encode_batch(list, count, out);
}

ce_status br_form_finish_whole(br_form_writer *w)
{
    ce_buf kept = w->out;
    ce_arena *arena = ce_arena_new();
    ce_status status = CE_ENOMEM;

    w->out = (ce_buf){ 0 };
    if (arena)
        status = encode(br_form_format(w->form), ce_buf_slice(&kept), w->count,
                        arena, &w->out);
    ce_arena_free(arena);
    ce_buf_free(&kept);
    return status;
}
