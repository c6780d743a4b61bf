/* SPDX-License-Identifier: Apache-2.0 */
/* Headers of a message that its stages and templates look at: many, and many
 * with one name. */
#include "core/stages/stages.h"
#include "core/template/template.h"
#include "tests/support/cost.h"

#define PARENT "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

/* The first one is a trace. */
static void *headers_of(const char *name, const char *value, unsigned count)
{
    ce_attrs *all = calloc(1, sizeof *all);

    REQUIRE(all != NULL);
    all->at = calloc(count + 1, sizeof *all->at);
    REQUIRE(all->at != NULL);
    all->at[all->len++] =
        (ce_attr){ CE_SLICE("traceparent"), CE_SLICE(PARENT), CE_STRING };
    while (all->len <= count)
        all->at[all->len++] =
            (ce_attr){ ce_slice_of(name), ce_slice_of(value), CE_STRING };
    return all;
}

static void *parents(unsigned count)
{
    return headers_of("traceparent", PARENT, count);
}

static void *states(unsigned count)
{
    return headers_of("tracestate", "a=1", count);
}

static void *empty_states(unsigned count)
{
    return headers_of("tracestate", "", count);
}

static void *foreign(unsigned count)
{
    return headers_of("x", "1", count);
}

static void drop(void *headers)
{
    free(((ce_attrs *)headers)->at);
    free(headers);
}

static ce_delivery delivery_of(const ce_attrs *headers)
{
    return (ce_delivery){
        .message = { .mode = CE_MODE_STRUCTURED,
                     .format = &ce_format_json,
                     .content_type = CE_SLICE("application/cloudevents+json"),
                     .body = CE_SLICE("{\"specversion\":\"1.0\",\"id\":\"1\","
                                      "\"source\":\"/s\",\"type\":\"t\"}") },
        .origin = { .metadata = *headers },
        .arena = ce_arena_new(),
    };
}

/* --- the trace --- */

static void end(ce_stage *s, ce_delivery *d)
{
    (void)s;
    EXPECT(ce_delivery_event(d, NULL) != NULL);
}

static void trace(void *headers)
{
    static const ce_stage_ops ops = { .name = "end", .push = end };
    ce_stage last = { &ops, NULL }, *s;
    ce_delivery d = delivery_of(headers);

    REQUIRE_OK(ce_tracing_stage(&s, &last, NULL));
    ce_push(s, &d);
    s->ops->close(s);
    ce_arena_free(d.arena);
}

static void headers_cost_a_trace_no_square(void)
{
    static const cost rows[] = {
        { "trace, parents", 7000, parents, trace, drop },
        { "trace, states", 7000, states, trace, drop },
        { "trace, empty states", 7000, empty_states, trace, drop },
        { "trace, foreign", 7000, foreign, trace, drop },
    };

    expect_no_square(rows, COUNT(rows));
}

/* --- templates --- */

static void expand(void *headers)
{
    ce_delivery d = delivery_of(headers);
    ce_template *t;
    ce_slice out;

    REQUIRE_OK(ce_template_compile(
        &t, "{header[y]|header[tracestate]|header[z]|\"none\"}", CE_IN_TEXT,
        NULL));
    EXPECT_OK(ce_template_expand(t, &d, NULL, &out, NULL));
    ce_template_free(t);
    ce_arena_free(d.arena);
}

static void headers_cost_a_template_no_square(void)
{
    static const cost rows[] = {
        { "template, one name", 7000, states, expand, drop },
        { "template, foreign", 7000, foreign, expand, drop },
    };

    expect_no_square(rows, COUNT(rows));
}

TESTS("cost/headers", TEST(headers_cost_a_trace_no_square),
      TEST(headers_cost_a_template_no_square))
