/* SPDX-License-Identifier: Apache-2.0 */
/* The program as people run it, from files and standard input: what it writes
 * where, and the code that it ends with. */
#include "tests/support/ce_test.h"

#include <stdarg.h>
#include <sys/wait.h>
#include <unistd.h>

#define GOOD                                                                   \
    "{\"specversion\":\"1.0\",\"id\":\"1\",\"type\":\"t\",\"source\":\"/s\","  \
    "\"data\":{\"n\":1.50}}\n"
#define OTHER                                                                  \
    "{\"specversion\":\"1.0\",\"id\":\"2\",\"type\":\"u\",\"source\":\"/"      \
    "s\"}\n"

static char folder[200];
static char out[65536], errors[65536];

static void write_file(const char *name, const char *text)
{
    FILE *file = fopen(name, "w");

    REQUIRE(file != NULL);
    fputs(text, file);
    fclose(file);
}

static void read_file(const char *name, char *text, size_t size)
{
    FILE *file = fopen(name, "r");
    size_t len = file ? fread(text, 1, size - 1, file) : 0;

    text[len] = '\0';
    if (file)
        fclose(file);
}

/* Runs the program in a new folder, with INPUT on standard input; the rest are
 * its arguments, up to NULL. Returns its exit code. */
static int run(const char *input, ...)
{
    const char *argv[24] = { getenv("CEBRIDGE") };
    va_list args;
    pid_t child;
    int status = -1;
    unsigned n = 1;

    va_start(args, input);
    while (n < 23 && (argv[n] = va_arg(args, const char *)))
        n++;
    va_end(args);
    write_file("stdin", input);
    child = fork();
    if (child == 0) {
        if (!freopen("stdin", "r", stdin) || !freopen("stdout", "w", stdout) ||
            !freopen("stderr", "w", stderr))
            _exit(126);
        alarm(30);
        execv(argv[0], (char *const *)argv);
        _exit(127);
    }
    REQUIRE_CMP(child, >, 0);
    REQUIRE_EQ(waitpid(child, &status, 0), child);
    read_file("stdout", out, sizeof out);
    read_file("stderr", errors, sizeof errors);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void leave(void)
{
    ce_test_remove(folder);
}

static void enter(void)
{
    if (folder[0])
        return;
    if (!getenv("CEBRIDGE"))
        exit(77);
    ce_test_make_folder(folder, sizeof folder);
    atexit(leave);
    REQUIRE_EQ(chdir(folder), 0);
}

static void a_file_is_relayed_to_its_end(void)
{
    char text[4096];

    enter();
    write_file("in", GOOD OTHER);
    unlink("relayed");
    EXPECT_EQ(run("", "relay", "file:in", "file:relayed", NULL), 0);
    read_file("relayed", text, sizeof text);
    EXPECT_STR(text, GOOD OTHER);
    EXPECT_EQ(out[0], '\0');
}

static void standard_input_goes_to_standard_output(void)
{
    enter();
    EXPECT_EQ(run(GOOD OTHER, "relay", "-", "-", NULL), 0);
    EXPECT_STR(out, GOOD OTHER);
    EXPECT_EQ(run("", "relay", "-", "-", NULL), 0);
    EXPECT_EQ(out[0], '\0');
    EXPECT_EQ(run(GOOD, "relay", "file:-", "-", NULL), 0);
    EXPECT_STR(out, GOOD);
}

static void filters_and_edits_come_from_options(void)
{
    enter();
    EXPECT_EQ(run(GOOD OTHER, "relay", "--filter", "type = 'u'", "--set",
                  "subject={type}", "--set", "note=a=b", "-", "-", NULL),
              0);
    EXPECT_CONTAINS(out, "\"subject\":\"u\"");
    EXPECT_CONTAINS(out, "\"note\":\"a=b\"");
    EXPECT_LACKS(out, "\"id\":\"1\"");
}

static void a_refused_line_is_named_and_its_neighbours_flow(void)
{
    enter();
    EXPECT_EQ(run(GOOD "{oops\n" OTHER, "relay", "-", "-", NULL), 3);
    EXPECT_STR(out, GOOD OTHER);
    EXPECT_CONTAINS(errors, "stdin:2: refused");
}

static void a_dead_letter_target_makes_it_0(void)
{
    char text[4096];

    enter();
    unlink("dead");
    EXPECT_EQ(
        run("{oops\n", "relay", "--dead-letter", "file:dead", "-", "-", NULL),
        0);
    read_file("dead", text, sizeof text);
    EXPECT_CONTAINS(text, "\"dlqoutcome\":\"malformed\"");
    EXPECT_CONTAINS(text, "\"dlqroute\":\"relay\"");
}

static void an_inbox_is_emptied_before_the_end(void)
{
    enter();
    EXPECT_EQ(run(GOOD OTHER, "relay", "--inbox", "inbox", "-", "-", NULL), 0);
    EXPECT_STR(out, GOOD OTHER);
    EXPECT_EQ(run("", "relay", "--inbox", "inbox", "-", "-", NULL), 0);
    EXPECT_EQ(out[0], '\0');
}

static void every_sink_gets_every_event(void)
{
    char text[4096];

    enter();
    unlink("copy");
    EXPECT_EQ(run(GOOD OTHER, "relay", "-", "-", "file:copy", NULL), 0);
    read_file("copy", text, sizeof text);
    EXPECT_STR(text, GOOD OTHER);
    EXPECT_STR(out, GOOD OTHER);
}

static void what_cannot_be_opened_is_one_line_and_1(void)
{
    enter();
    EXPECT_EQ(run("", "relay", "file:nowhere", "-", NULL), 1);
    EXPECT_CONTAINS(errors, "nowhere: No such file");
    EXPECT_EQ(strchr(errors, '\n'), errors + strlen(errors) - 1);
    EXPECT_EQ(run(GOOD, "relay", "-", "file:no/such/folder", NULL), 1);
    EXPECT_CONTAINS(errors, "no/such/folder");
}

static void wrong_usage_is_2_with_a_suggestion(void)
{
    static const struct {
        const char *arguments[5], *said;
    } rows[] = {
        { { NULL }, "cebridge COMMAND [options]" },
        { { "rleay" }, "did you mean \"relay\"?" },
        { { "relay" }, "SOURCE is missing" },
        { { "relay", "-" }, "SINK is missing" },
        { { "relay", "--dead-leter", "file:x", "-", "-" },
          "did you mean \"--dead-letter\"?" },
        { { "relay", "--retry.bsae", "1s", "-", "-" },
          "did you mean \"--retry.base\"?" },
        { { "relay", "--filter", "type =", "-", "-" }, "--filter: filter:" },
        { { "relay", "--grace", "5", "-", "-" }, "--grace: \"5\" is not" },
        { { "relay", "-", "nonsense://x" }, "\"nonsense\"" },
        { { "run" }, "usage:" },
        { { "check" }, "usage:" },
        { { "listen" }, "usage:" },
        { { "send" }, "usage:" },
        { { "send", "-", "--type", "t" }, "--source is missing" },
        { { "dlq", "drop", "inbox:x", "--all=false" },
          "drop: --id, --filter or --all is missing" },
        { { "dlq", "drop", "kafka://h/t", "--all=false", "--filter=TRUE" },
          "only --all moves the group's offset" },
    };

    enter();
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *const *a = rows[i].arguments;

        EXPECT_EQ_ROW(rows[i].said,
                      run("", a[0], a[0] ? a[1] : NULL, a[1] ? a[2] : NULL,
                          a[2] ? a[3] : NULL, a[3] ? a[4] : NULL, NULL),
                      2);
        EXPECT_CONTAINS_ROW(rows[i].said, errors, rows[i].said);
        EXPECT_EQ_ROW(rows[i].said, out[0], '\0');
    }
}

static void a_faulty_configuration_opens_nothing(void)
{
    enter();
    unlink("made");
    write_file("bridge.yaml", "routes:\n"
                              "  r:\n"
                              "    from: \"-\"\n"
                              "    to: file:made\n"
                              "    retry: { bachoff: 1s }\n");
    EXPECT_EQ(run("", "run", "bridge.yaml", NULL), 2);
    EXPECT(
        ce_slice_starts(ce_slice_of(errors),
                        CE_SLICE("bridge.yaml:5: unknown option \"bachoff\"")));
    EXPECT_CMP(access("made", F_OK), !=, 0);
    EXPECT_EQ(run("", "check", "bridge.yaml", NULL), 2);
    EXPECT_EQ(out[0], '\0');
    EXPECT_EQ(run("", "run", "none.yaml", NULL), 2);
    EXPECT_CONTAINS(errors, "none.yaml: No such file");
}

static void a_flag_can_be_off(void)
{
    enter();
    EXPECT_EQ(run(GOOD, "validate", "--lint", NULL), 0);
    EXPECT_CONTAINS(errors, "warning: ");
    EXPECT_EQ(run(GOOD, "validate", "--lint=false", NULL), 0);
    EXPECT_EQ(errors[0], '\0');
    write_file("bridge.yaml", "routes: { r: { from: '-', to: '-' } }\n");
    EXPECT_EQ(run("", "check", "--json=false", "bridge.yaml", NULL), 0);
    EXPECT_EQ(strncmp(out, "r: at ", 6), 0);
}

static void output_that_is_not_written_is_1(void)
{
    static const char *const rows[][2] = {
        { "help", NULL },      { "help", "configuration" },
        { "schema", NULL },    { "completion", "bash" },
        { "--version", NULL }, { "check", "bridge.yaml" },
    };

    enter();
    write_file("bridge.yaml", "routes: { r: { from: '-', to: '-' } }\n");
    unlink("stdout");
    REQUIRE_EQ(symlink("/dev/full", "stdout"), 0);
    for (size_t i = 0; i < COUNT(rows); i++) {
        EXPECT_EQ_ROW(rows[i][0], run("", rows[i][0], rows[i][1], NULL), 1);
        EXPECT_CONTAINS_ROW(rows[i][0], errors, "standard output");
    }
    unlink("stdout");
}

static void run_ends_when_all_routes_have_ended(void)
{
    char text[4096];

    enter();
    unlink("a");
    unlink("b");
    write_file("in", GOOD OTHER);
    write_file("bridge.yaml",
               "routes:\n"
               "  a: { from: file:in, to: file:a }\n"
               "  b: { from: file:in, to: file:b, filter: \"type = 'u'\" }\n");
    EXPECT_EQ(run("", "check", "bridge.yaml", NULL), 0);
    EXPECT_EQ(strncmp(out, "a: at least once", 16), 0);
    EXPECT_EQ(run("", "run", "bridge.yaml", NULL), 0);
    read_file("a", text, sizeof text);
    EXPECT_STR(text, GOOD OTHER);
    read_file("b", text, sizeof text);
    EXPECT_STR(text, OTHER);
}

static void an_event_is_sent_from_options(void)
{
    enter();
    EXPECT_EQ(run("", "send", "-", "--type", "t", "--source", "/s", "--id", "7",
                  "--ext", "a=x=y", "--data", "{\"n\":1.50}", "--content-type",
                  "application/json", NULL),
              0);
    EXPECT_CONTAINS(out, "\"id\":\"7\"");
    EXPECT_CONTAINS(out, "\"a\":\"x=y\"");
    EXPECT_CONTAINS(out, "{\"n\":1.50}");
    EXPECT_EQ(run("", "send", "-", "--type", "t", "--source", "/s", "--ext",
                  "A_=1", NULL),
              2);
    EXPECT_EQ(run(GOOD OTHER, "send", "-", "-", NULL), 0);
    EXPECT_STR(out, GOOD OTHER);
}

static void listening_ends_after_the_count(void)
{
    enter();
    EXPECT_EQ(run(OTHER GOOD OTHER GOOD, "listen", "-", "--count", "1",
                  "--filter", "type = 't'", NULL),
              0);
    EXPECT_STR(out, GOOD);
}

static void help_and_version_go_to_standard_output(void)
{
    static const char *const commands[] = { "relay", "run", "check", "send",
                                            "listen" };
    char usage[64];

    enter();
    EXPECT_EQ(run("", "--version", NULL), 0);
    EXPECT_EQ(strstr(out, "cebridge " CE_VERSION " (event formats: json "),
              out);
    EXPECT_EQ(run("", "--help", NULL), 0);
    for (size_t i = 0; i < COUNT(commands); i++)
        EXPECT_CONTAINS_ROW(commands[i], out, commands[i]);
    for (size_t i = 0; i < COUNT(commands); i++) {
        snprintf(usage, sizeof usage, "cebridge %s", commands[i]);
        EXPECT_EQ_ROW(commands[i], run("", commands[i], "--help", NULL), 0);
        EXPECT_CONTAINS_ROW(commands[i], out, usage);
        EXPECT_EQ_ROW(commands[i], errors[0], '\0');
    }
}

TESTS("program", TEST(a_file_is_relayed_to_its_end),
      TEST(standard_input_goes_to_standard_output),
      TEST(filters_and_edits_come_from_options),
      TEST(a_refused_line_is_named_and_its_neighbours_flow),
      TEST(a_dead_letter_target_makes_it_0),
      TEST(an_inbox_is_emptied_before_the_end),
      TEST(every_sink_gets_every_event),
      TEST(what_cannot_be_opened_is_one_line_and_1),
      TEST(wrong_usage_is_2_with_a_suggestion),
      TEST(a_faulty_configuration_opens_nothing), TEST(a_flag_can_be_off),
      TEST(output_that_is_not_written_is_1),

      TEST(run_ends_when_all_routes_have_ended),
      TEST(an_event_is_sent_from_options), TEST(listening_ends_after_the_count),
      TEST(help_and_version_go_to_standard_output))
