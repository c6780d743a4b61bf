/* SPDX-License-Identifier: Apache-2.0 */
/* Who sends a password over a network in plain text is told so. */
#include "bridge/run/exposure.h"

#include <cloudevents/log.h>

#include "tests/support/ce_test.h"

static const char *const schemes[] = { "wire", "wires", "file", NULL };
static const ce_option options[] = {
    { "password_file", CE_OPT_TEXT, NULL, NULL, 0, 0, "a password" },
    { "token_file", CE_OPT_TEXT, NULL, NULL, 0, 0, "a token" },
    { "token", CE_OPT_SECRET, NULL, NULL, 0, 0, "a token" },
    { "ca", CE_OPT_TEXT, NULL, NULL, 0, 0, "TLS" },
    CE_OPTION_END,
};

static char line[400];

static void keep(ce_level level, const char *text, void *arg)
{
    (void)arg, (void)level;
    snprintf(line, sizeof line, "%s", text);
}

static ce_transport wire = { .name = "wire",
                             .schemes = schemes,
                             .receiver_options = options,
                             .sender_options = options };

typedef enum end { SOURCE, SINK, LETTERS } end;

static bool warns_as(end as, const char *uri)
{
    br_endpoint_plan e = { .transport = &wire };
    br_route_plan p = { .to = &e, .sinks = as == SINK };

    *line = '\0';
    REQUIRE_OK(
        ce_settings_open(&e.settings, options, uri, CE_URI_STRICT, NULL));
    ce_log_to(keep, NULL, CE_WARN);
    if (as == SOURCE)
        p.from = e;
    else if (as == LETTERS)
        p.dead_letter = e;
    br_warn_of_exposure(&p);
    ce_log_to(NULL, NULL, CE_WARN);
    ce_settings_close(e.settings);
    return *line;
}

static bool warns(const char *uri)
{
    return warns_as(SINK, uri);
}

static void each_end_that_calls_is_warned_of(void)
{
    EXPECT(warns_as(SOURCE, "wire://u:p@h:1/t"));
    EXPECT(warns_as(LETTERS, "wire://u:p@h:1/t"));
    wire.answers = true;
    EXPECT(!warns_as(SOURCE, "wire://u:p@h:1/t"));
    wire.answers = false;
}

static void plain_text_to_another_host_is_warned_of(void)
{
    static const struct {
        const char *uri;
        bool warns;
    } rows[] = {
        { "wire://u:p@h:1/t", true },
        { "wire://h:1/t?token=x", true },
        { "wire://h:1/t?password_file=x", true },
        { "wire://h:1/t?token_file=x", true },
        { "wire://u:p@localhost:1,h:2/t", true },
        { "wire://u:p@localhost.example:1/t", true },
        { "wire://u:p@127.example:1/t", true },
        { "wire://h:1/t", false },
        { "wire://u@h:1/t", false },
        { "wires://u:p@h:1/t", false },
        { "wire://u:p@h:1/t?ca=x", false },
        { "wire://u:p@localhost:1/t", false },
        { "wire://u:p@Localhost/t", false },
        { "wire://u:p@127.0.0.1:1,[::1]:2/t", false },
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        EXPECT_EQ_ROW(rows[i].uri, warns(rows[i].uri), rows[i].warns);
}

static void the_warning_names_the_remedy_and_no_secret(void)
{
    EXPECT(warns("wire://u:hush@h:1/t?token=hush"));
    EXPECT_CONTAINS(line, "wire://h:1/t");
    EXPECT_CONTAINS(line, "use wires://");
    EXPECT_LACKS(line, "hush");
}

TESTS("exposure", TEST(plain_text_to_another_host_is_warned_of),
      TEST(each_end_that_calls_is_warned_of),
      TEST(the_warning_names_the_remedy_and_no_secret))
