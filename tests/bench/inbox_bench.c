/* SPDX-License-Identifier: Apache-2.0 */
/* What a record costs an inbox that already has many: fills one, opens it
 * again, and empties it. Prints CPU time, microseconds for each put,
 * milliseconds to open and microseconds for each that is settled, and KiB of
 * its own memory.
 *
 *     inbox_bench DIR COUNT
 */
#include <stdlib.h>
#include <string.h>

#include "core/inbox/inbox.h"
#include "core/loop/loop.h"
#include "tests/bench/limits/client_event.h"

enum { IN_FLIGHT = 64 };

static ce_inbox *inbox;
static unsigned long settled;

static void must(ce_status status, const char *what)
{
    if (status == CE_OK)
        return;
    fprintf(stderr, "%s: %d\n", what, status);
    exit(1);
}

static void open_inbox(const char *dir)
{
    const ce_inbox_config c = { .dir = dir,
                                .route = "bench",
                                .max_bytes = (uint64_t)16 << 30 };

    must(ce_inbox_open(&inbox, &c, NULL), "open");
}

static double used(void)
{
    return seconds(CLOCK_PROCESS_CPUTIME_ID);
}

static void fill(unsigned long count)
{
    const ce_origin nowhere = { .partition = -1, .offset = -1 };
    ce_message m = { .mode = CE_MODE_BINARY,
                     .content_type = CE_SLICE("application/json"),
                     .body = { event_data, EVENT_DATA_LEN } };
    ce_attr attributes[16] = { { CE_SLICE("id"), CE_SLICE("1"), CE_STRING } };

    m.attrs = (ce_attrs){ attributes, 1, 16 };
    for (size_t i = 0; event_attributes[i][0]; i++)
        attributes[m.attrs.len++] =
            (ce_attr){ ce_slice_of(event_attributes[i][0]),
                       ce_slice_of(event_attributes[i][1]), CE_STRING };
    for (unsigned long i = 0; i < count; i++)
        must(ce_inbox_put(inbox, &m, &nowhere, NULL, NULL), "put");
}

static void confirm(ce_stage *s, ce_delivery *d)
{
    (void)s;
    settled++;
    ce_settle_ack(d, CE_DELIVERED);
}

static void empty(unsigned long count)
{
    static const ce_stage_ops confirming = { .name = "sink", .push = confirm };
    ce_stage sink = { &confirming, NULL };
    ce_receiver *from;
    ce_loop *loop;

    must(ce_loop_open(&loop, NULL, NULL), "loop");
    must(ce_inbox_receiver(&from, inbox, loop, 0, IN_FLIGHT), "receiver");
    must(from->ops->start(from, &sink, NULL), "start");
    while (settled < count || ce_inbox_count(inbox) > 0)
        ce_loop_poll(loop);
    from->ops->stop(from);
    from->ops->close(from);
    ce_loop_close(loop);
}

/* Without the pages of the file. */
static long own_kib(void)
{
    char line[200];
    long kib = 0;
    FILE *f = fopen("/proc/self/status", "r");

    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, "RssAnon: %ld", &kib) == 1)
            break;
    if (f)
        fclose(f);
    return kib;
}

int main(int argc, char **argv)
{
    unsigned long count;
    double began, filled, opened, done;

    if (argc != 3)
        must(CE_EINVAL, "usage: inbox_bench DIR COUNT");
    count = strtoul(argv[2], NULL, 10);
    open_inbox(argv[1]);
    began = used();
    fill(count);
    filled = used();
    ce_inbox_close(inbox);
    done = used();
    open_inbox(argv[1]);
    opened = used() - done;
    done = used();
    empty(count);
    done = used() - done;
    printf("%f %f %f %ld\n", (filled - began) * 1e6 / (double)count,
           opened * 1e3, done * 1e6 / (double)count, own_kib());
    ce_inbox_close(inbox);
    return 0;
}
