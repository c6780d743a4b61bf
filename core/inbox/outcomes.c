/* SPDX-License-Identifier: Apache-2.0 */
#include "core/inbox/outcomes.h"

#include <time.h>

#include "core/pipeline/letter.h"

static uint64_t wall_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* With one sink its inbox tells enough. */
static const char *name_of_sink(const ce_outcomes *o)
{
    unsigned count;
    const ce_inbox_sink *sinks = ce_inbox_sinks(o->inbox, &count);

    return sinks ? sinks[o->sink].id : NULL;
}

static ce_status write_letter(ce_outcomes *o, ce_delivery *d,
                              const ce_result *r, ce_slice *out)
{
    ce_buf record = { NULL, 0, 0 };
    uint64_t now = wall_ms();
    const ce_letter_cause why = { ce_inbox_route(o->inbox), name_of_sink(o),
                                  now, now };
    ce_message letter;
    ce_error err;
    ce_status status = ce_letter_write(d, r, &why, &letter, &err);

    if (status != CE_OK)
        return status;
    status = ce_record_write(&letter, &d->origin, NULL, &record);
    if (status == CE_OK)
        status = ce_arena_copy(o->letters, ce_buf_slice(&record), out);
    ce_buf_free(&record);
    return status;
}

ce_status ce_outcomes_note(ce_outcomes *o, ce_delivery *d, uint64_t number,
                           const ce_result *r, bool is_for_all)
{
    ce_inbox_outcome one = { .number = number,
                             .sink = o->sink,
                             .is_for_all = is_for_all };
    ce_status status = CE_OK;

    if (r->verdict != CE_ACK)
        status = write_letter(o, d, r, &one.letter);
    if (status != CE_OK)
        return status;
    return ce_buf_append(&o->noted,
                         (ce_slice){ (const char *)&one, sizeof one });
}

ce_status ce_outcomes_commit(ce_outcomes *o, ce_error *err)
{
    const void *all = o->noted.ptr;
    size_t count = o->noted.len / sizeof(ce_inbox_outcome);
    ce_status status = CE_OK;

    if (count > 0)
        status = ce_inbox_finish(o->inbox, all, count, err);
    if (status != CE_OK)
        return status;
    ce_buf_clear(&o->noted);
    ce_arena_reset(o->letters);
    return CE_OK;
}

ce_status ce_outcomes_open(ce_outcomes *o, ce_inbox *i, unsigned sink)
{
    *o = (ce_outcomes){ .inbox = i, .sink = sink };
    o->letters = ce_arena_new();
    return o->letters ? CE_OK : CE_ENOMEM;
}

void ce_outcomes_close(ce_outcomes *o)
{
    ce_buf_free(&o->noted);
    ce_arena_free(o->letters);
}
