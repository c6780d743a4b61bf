/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/core/inbox/sinks_rig.h"

#include "core/stages/stages.h"

ce_receiver *lines[SINKS];
ce_sender *sinks[SINKS];
static ce_stage *arrivals[SINKS];

void open_for(const char *first, const char *second)
{
    const ce_inbox_sink ids[SINKS] = { { first, "a" }, { second, "b" } };
    ce_inbox_config c = config();
    ce_error err = { CE_OK, "" };

    ce_inbox_close(inbox);
    c.sinks = ids;
    c.sink_count = second ? 2 : 1;
    REQUIRE_OK(ce_inbox_open(&inbox, &c, &err));
}

void receive_both(unsigned max_in_flight)
{
    static const char *const names[SINKS] = { "mem://a", "mem://b" };

    for (unsigned i = 0; i < SINKS; i++) {
        sinks[i] = ce_mem_sender(loop, names[i]);
        REQUIRE_OK(sinks[i]->ops->start(sinks[i], NULL));
        REQUIRE_OK(ce_arrival_stage(&arrivals[i], &sinks[i]->stage));
        REQUIRE_OK(ce_inbox_receiver(&lines[i], inbox, loop, i, max_in_flight));
    }
}

void start_both(void)
{
    for (unsigned i = 0; i < SINKS; i++)
        REQUIRE_OK(lines[i]->ops->start(lines[i], arrivals[i], NULL));
}

void stop_both(void)
{
    for (unsigned i = 0; i < SINKS; i++)
        lines[i]->ops->stop(lines[i]);
    for (unsigned i = 0; i < SINKS; i++) {
        ce_mem_release_all(sinks[i], ce_rig_undelivered(0, 0));
        ce_loop_poll(loop);
        lines[i]->ops->close(lines[i]);
        arrivals[i]->ops->close(arrivals[i]);
        ce_mem_close_sender(sinks[i]);
    }
}

void begin_for(const char *first, const char *second, unsigned max_in_flight)
{
    open_for(first, second);
    receive_both(max_in_flight);
    start_both();
    ce_loop_poll(loop);
}

void leave_the_second_behind(void)
{
    open_for("x", "y");
    receive_both(1000);
    ce_mem_always(sinks[1], ce_mem_hold);
    start_both();
    put_all(5);
    ce_loop_poll(loop);
    stop_both();
    EXPECT_EQ(ce_inbox_count(inbox), 5);
}
