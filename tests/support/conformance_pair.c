/* SPDX-License-Identifier: Apache-2.0 */
/* Opens a receiver and a sender that meet, and keeps what arrives. */
#include "tests/support/conformance_pair.h"

#include <dirent.h>
#include <unistd.h>
#include <uv.h>

#include "tests/support/ce_test.h"
#include "core/inbox/inbox.h"
#include "core/stages/stages.h"
#include "tests/support/memory.h"

enum { DEADLINE_MS = 30000, TICK_MS = 5 };

const ce_conformance *pair_suite;
ce_loop *pair_loop;
pair_arrivals pair_got;
pair_ends pair_now;

const ce_result pair_ack = { .verdict = CE_ACK };
const ce_result pair_nack = { .verdict = CE_NACK, .reason = "refused" };
const ce_result pair_undelivered = { .verdict = CE_UNDELIVERED,
                                     .reason = "not now" };

/* --- time --- */

static ce_timer tick;

static void on_tick(ce_timer *t)
{
    ce_timer_start(pair_loop, t, TICK_MS);
}

bool pair_until_within(pair_condition *is_true, void *arg, uint64_t ms)
{
    uint64_t end;

    uv_update_time(ce_loop_uv(pair_loop));
    end = ce_loop_now_ms(pair_loop) + ms;
    while (!is_true(arg)) {
        if (ce_loop_now_ms(pair_loop) >= end)
            return false;
        uv_run(ce_loop_uv(pair_loop), UV_RUN_ONCE);
    }
    return true;
}

bool pair_until(pair_condition *is_true, void *arg)
{
    return pair_until_within(is_true, arg, DEADLINE_MS);
}

/* --- endpoints --- */

static void take(ce_stage *s, ce_delivery *d)
{
    const ce_event *e = ce_delivery_event(d, NULL);

    (void)s;
    REQUIRE_CMP(pair_got.arrived, <, PAIR_ARRIVALS);
    pair_got.modes[pair_got.arrived] = d->message.mode;
    pair_got.events[pair_got.arrived++] = e ? ce_event_clone(e) : NULL;
    if (pair_got.at_once) {
        ce_settle_ack(d, CE_DELIVERED);
        return;
    }
    pair_got.held[pair_got.holding++] = d;
    if (pair_got.holding > pair_got.most)
        pair_got.most = pair_got.holding;
}

static const ce_stage_ops take_ops = { .name = "take", .push = take };

void pair_settle(unsigned index, ce_result r)
{
    ce_delivery *d = pair_got.held[index];

    REQUIRE_CMP(index, <, pair_got.holding);
    memmove(&pair_got.held[index], &pair_got.held[index + 1],
            (--pair_got.holding - index) * sizeof *pair_got.held);
    ce_settle(d, &r);
}

void pair_settle_all(ce_result r)
{
    while (pair_got.holding > 0)
        pair_settle(0, r);
}

void pair_forget(void)
{
    for (unsigned i = 0; i < pair_got.arrived; i++)
        ce_event_free(pair_got.events[i]);
    pair_got.arrived = 0;
}

/* What follows makes no sense without it. */
static void require(ce_status status, const char *uri, const ce_error *err)
{
    if (status != CE_OK)
        fprintf(stderr, "%s: %s\n", uri, err->text);
    REQUIRE_OK(status);
}

void pair_open_end(pair_end *e, const ce_option *table, const char *uri,
                   ce_uri_rule rule)
{
    ce_error err = { CE_OK, "" };

    require(ce_settings_open(&e->settings, table, uri, rule, &err), uri, &err);
    e->at = (ce_endpoint){ .loop = pair_loop,
                           .settings = e->settings,
                           .name = "conformance",
                           .inbox = pair_now.inbox };
}

void pair_open_sender(const char *uri)
{
    const ce_transport *t = pair_suite->transport;
    ce_error err = { CE_OK, "" };

    pair_open_end(&pair_now.sender_end, t->sender_options, uri, t->sender_rule);
    require(t->sender(&pair_now.sender, &pair_now.sender_end.at, &err), uri,
            &err);
    require(pair_now.sender->ops->start(pair_now.sender, &err), uri, &err);
    pair_now.app = ce_mem_receiver(pair_loop, "mem://application");
    REQUIRE_OK(
        pair_now.app->ops->start(pair_now.app, &pair_now.sender->stage, NULL));
}

void pair_open_inbox(void)
{
    ce_inbox_config c = { .dir = pair_now.dir,
                          .route = "r",
                          .max_bytes = 1 << 24 };

    if (!pair_suite->transport->needs_inbox)
        return;
    if (!pair_now.dir[0]) {
        snprintf(pair_now.dir, sizeof pair_now.dir, "/tmp/conformance-XXXXXX");
        REQUIRE(mkdtemp(pair_now.dir) != NULL);
    }
    REQUIRE_OK(ce_inbox_open(&pair_now.inbox, &c, NULL));
}

static void remove_dir(void)
{
    DIR *d = pair_now.dir[0] ? opendir(pair_now.dir) : NULL;
    struct dirent *entry;

    while (d && (entry = readdir(d)))
        unlinkat(dirfd(d), entry->d_name, 0);
    if (d)
        closedir(d);
    if (pair_now.dir[0])
        rmdir(pair_now.dir);
}

void pair_open_receiver(unsigned max_in_flight)
{
    const ce_transport *t = pair_suite->transport;
    ce_error err = { CE_OK, "" };
    char number[16];

    snprintf(number, sizeof number, "%u", max_in_flight);
    pair_open_inbox();
    pair_open_end(&pair_now.receiver_end, t->receiver_options,
                  pair_now.receiver_uri, CE_URI_STRICT);
    if (max_in_flight)
        REQUIRE_OK(ce_settings_set(pair_now.receiver_end.settings,
                                   "max_in_flight", number, NULL));
    if (pair_now.inbox) {
        REQUIRE_OK(ce_inbox_receiver(&pair_now.inbox_receiver, pair_now.inbox,
                                     pair_loop, 0,
                                     max_in_flight ? max_in_flight : 100));
        REQUIRE_OK(pair_now.inbox_receiver->ops->start(pair_now.inbox_receiver,
                                                       &pair_got.stage, NULL));
    }
    require(t->receiver(&pair_now.receiver, &pair_now.receiver_end.at, &err),
            pair_now.receiver_uri, &err);
    require(
        pair_now.receiver->ops->start(pair_now.receiver, &pair_got.stage, &err),
        pair_now.receiver_uri, &err);
    pair_now.stopped = false;
}

bool pair_is_up(void *arg)
{
    return ((const ce_health *)arg)->up;
}

void pair_begin(void)
{
    memset(&pair_now, 0, sizeof pair_now);
    memset(&pair_got, 0, sizeof pair_got);
    pair_got.stage.ops = &take_ops;
    REQUIRE_OK(ce_loop_open(&pair_loop, NULL, NULL));
    tick = (ce_timer){ .fire = on_tick };
    ce_timer_start(pair_loop, &tick, TICK_MS);
}

void pair_open(unsigned max_in_flight)
{
    pair_begin();
    pair_suite->meet(pair_now.receiver_uri, pair_now.sender_uri);
    pair_open_receiver(max_in_flight);
    REQUIRE(pair_until(pair_is_up, &pair_now.receiver->health));
    pair_open_sender(pair_now.sender_uri);
    REQUIRE(pair_until(pair_is_up, &pair_now.sender->health));
}

void pair_stop_receiver(void)
{
    pair_now.receiver->ops->stop(pair_now.receiver);
    if (pair_now.inbox_receiver)
        pair_now.inbox_receiver->ops->stop(pair_now.inbox_receiver);
    pair_now.stopped = true;
}

/* All that is out comes home before a receiver is closed. */
static bool is_home(void *arg)
{
    (void)arg;
    pair_settle_all(pair_undelivered);
    return (!pair_now.receiver->pool ||
            ce_pool_out(pair_now.receiver->pool) == 0) &&
           (!pair_now.inbox_receiver ||
            ce_pool_out(pair_now.inbox_receiver->pool) == 0);
}

void pair_close_receiver(void)
{
    if (!pair_now.stopped)
        pair_stop_receiver();
    EXPECT(pair_until(is_home, NULL));
    pair_now.receiver->ops->close(pair_now.receiver);
    pair_now.receiver = NULL;
    if (pair_now.inbox_receiver)
        pair_now.inbox_receiver->ops->close(pair_now.inbox_receiver);
    pair_now.inbox_receiver = NULL;
    ce_inbox_close(pair_now.inbox);
    pair_now.inbox = NULL;
    ce_settings_close(pair_now.receiver_end.settings);
}

void pair_note_done(void *arg)
{
    *(bool *)arg = true;
}

bool pair_is_set(void *arg)
{
    return *(bool *)arg;
}

void pair_close_sender(void)
{
    bool done = false;

    pair_now.sender->ops->stop(pair_now.sender, 5000, pair_note_done, &done);
    EXPECT(pair_until(pair_is_set, &done));
    EXPECT_EQ(ce_pool_out(pair_now.app->pool), 0);
    pair_now.sender->stage.ops->close(&pair_now.sender->stage);
    ce_mem_close_receiver(pair_now.app);
    ce_settings_close(pair_now.sender_end.settings);
}

void pair_finish(void)
{
    ce_timer_stop(&tick);
    ce_loop_close(pair_loop);
    pair_forget();
    remove_dir();
    EXPECT_EQ(ce_memory_live(), 0);
}

void pair_close(void)
{
    pair_got.at_once = true;
    pair_settle_all(pair_ack);
    pair_close_sender();
    pair_close_receiver();
    pair_finish();
}

/* --- messages --- */

int pair_send(const ce_message *m)
{
    int number = ce_mem_arrive_message(pair_now.app, m);

    REQUIRE_CMP(number, >=, 0);
    return number;
}

int pair_send_id(unsigned id)
{
    char text[16];
    int number;

    snprintf(text, sizeof text, "%u", id);
    number = ce_mem_arrive_event(pair_now.app, text, "k");
    REQUIRE_CMP(number, >=, 0);
    return number;
}

ce_result pair_send_abandoned(void)
{
    ce_attr attrs[] = {
        { CE_SLICE("specversion"), CE_SLICE("1.0"), CE_STRING },
        { CE_SLICE("id"), CE_SLICE("0"), CE_STRING },
        { CE_SLICE("source"), CE_SLICE("/s"), CE_STRING },
        { CE_SLICE("type"), CE_SLICE("t"), CE_STRING },
    };
    const ce_delivery like = { .message = { .mode = CE_MODE_BINARY,
                                            .attrs = { attrs, 4, 4 } },
                               .origin = { .partition = -1, .offset = -1 },
                               .abandoned = true };
    int number = ce_mem_arrive(pair_now.app, &like);

    REQUIRE_CMP(number, >=, 0);
    EXPECT(pair_until(pair_is_settled, &number));
    return pair_outcome(number)->result;
}

const ce_mem_outcome *pair_outcome(int number)
{
    return ce_mem_outcome_of(pair_now.app, number);
}

bool pair_is_settled(void *arg)
{
    return pair_outcome(*(int *)arg)->settlements > 0;
}

bool pair_has_arrived(void *arg)
{
    return pair_got.arrived >= *(unsigned *)arg;
}

bool pair_wait_for(unsigned count)
{
    bool enough = pair_until(pair_has_arrived, &count);

    if (!enough)
        fprintf(stderr, "%u of %u arrived: ", pair_got.arrived, count);
    return enough;
}

bool pair_acked(int number)
{
    return pair_until(pair_is_settled, &number) &&
           pair_outcome(number)->result.verdict == CE_ACK;
}

unsigned pair_id_at(unsigned index)
{
    const ce_event *e = pair_got.events[index];
    char text[32];

    if (!e)
        return UINT32_MAX;
    snprintf(text, sizeof text, "%.*s", CE_ARG(ce_event_text(e, "id")));
    return (unsigned)atoi(text);
}
