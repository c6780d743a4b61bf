/* SPDX-License-Identifier: Apache-2.0 */
/* What tests of the inbox begin with: a folder, a loop whose clock stands
 * still, an inbox, and a sink in memory for what comes out of it. */
#include "tests/core/inbox/inbox_rig.h"

char dir[200];

ce_loop *loop;

ce_inbox *inbox;

ce_receiver *from;

ce_sender *sink;

bool ended;

ce_inbox_config config(void)
{
    return (ce_inbox_config){ .dir = dir, .route = "r", .max_bytes = 16 << 20 };
}

void open_inbox_of(uint64_t max_bytes)
{
    ce_inbox_config c = config();
    ce_error err = { CE_OK, "" };

    c.max_bytes = max_bytes;
    REQUIRE_OK(ce_inbox_open(&inbox, &c, &err));
}

void open_inbox(void)
{
    open_inbox_of(16 << 20);
}

void begin(void)
{
    ce_test_make_folder(dir, sizeof dir);
    ce_memory_watch();
    ce_log_to(NULL, NULL, CE_DEBUG);
    REQUIRE_OK(ce_loop_open(&loop, NULL, NULL));
    ce_loop_freeze(loop);
    open_inbox();
}

void finish(void)
{
    ce_inbox_close(inbox);
    ce_loop_close(loop);
    EXPECT_EQ(ce_memory_live(), 0);
    ce_memory_unwatch();
    ce_test_remove(dir);
}

static void note_end(ce_receiver *r, void *arg)
{
    (void)r;
    (void)arg;
    ended = true;
}

void open_sink(void)
{
    sink = ce_mem_sender(loop, "mem://sink");
    REQUIRE_OK(sink->ops->start(sink, NULL));
}

void receive_into(ce_stage *top, unsigned max_in_flight)
{
    REQUIRE_OK(ce_inbox_receiver(&from, inbox, loop, 0, max_in_flight));
    ended = false;
    from->ended = note_end;
    REQUIRE_OK(from->ops->start(from, top, NULL));
}

void receive(unsigned max_in_flight)
{
    open_sink();
    receive_into(&sink->stage, max_in_flight);
}

void stop_receiving(void)
{
    from->ops->stop(from);
    ce_mem_release_all(sink, ce_rig_undelivered(0, 0));
    ce_loop_poll(loop);
    from->ops->close(from);
    ce_mem_close_sender(sink);
}

void reopen(void)
{
    ce_inbox_close(inbox);
    open_inbox();
}

/* --- messages --- */

ce_origin nowhere(void)
{
    return (ce_origin){ .partition = -1, .offset = -1 };
}

ce_status put(unsigned number, ce_error *err)
{
    char id[16];
    ce_attr attrs[] = {
        { CE_SLICE("specversion"), CE_SLICE("1.0"), CE_STRING },
        { CE_SLICE("id"), { id, 0 }, CE_STRING },
        { CE_SLICE("source"), CE_SLICE("/s"), CE_STRING },
        { CE_SLICE("type"), CE_SLICE("t"), CE_STRING },
    };
    ce_message m = { .mode = CE_MODE_BINARY,
                     .body = CE_SLICE("data"),
                     .attrs = { attrs, 4, 4 } };
    ce_origin o = nowhere();

    snprintf(id, sizeof id, "%u", number);
    attrs[1].text = ce_slice_of(id);
    return ce_inbox_put(inbox, &m, &o, NULL, err);
}

void put_all(unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        REQUIRE_OK(put(i, NULL));
}

bool got(unsigned skip, unsigned first, unsigned count)
{
    if (ce_mem_count(sink) != skip + count) {
        fprintf(stderr, "%u came, expected %u: ", ce_mem_count(sink),
                skip + count);
        return false;
    }
    for (unsigned i = 0; i < count; i++)
        if (atoi(ce_mem_sent_at(sink, skip + i)->id) != (int)(first + i)) {
            fprintf(stderr, "place %u has %s: ", i,
                    ce_mem_sent_at(sink, skip + i)->id);
            return false;
        }
    return true;
}
