/* SPDX-License-Identifier: Apache-2.0 */
/* cebridge convert: events from one form into another. */
#include "bridge/commands/commands.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bridge/cli/shell_filter.h"
#include "core/base/printable.h"

static const char usage[] = "cebridge convert [options] [FILE...]";

/* Output is written when so much has come together: as much as a pipe of Linux
 * holds, so that its reader has work while we go on. */
enum { FULL_BYTES = 64 << 10 };

static const ce_option options[] = {
    { "from", CE_OPT_TEXT, "json", "FORM", 0, 0, "the form of what is read" },
    { "to", CE_OPT_TEXT, "json", "FORM", 0, 0, "the form of what is written" },
    { "mode", CE_OPT_CHOICE, "binary", "binary|structured", 0, 0,
      "the content mode of an HTTP message" },
    { "max_event_bytes", CE_OPT_SIZE, "64MiB", NULL, 1, INT64_MAX,
      "the size of the largest event" },
    CE_OPTION_END,
};

typedef struct conversion {
    br_shell_filter filter;
    br_form_writer writer;
    bool is_terminal; /* where the events are shown */
    int failure;      /* errno of a write that failed: it ends everything */
} conversion;

/* JSON has escapes for what a terminal would obey; other forms show spaces. */
static ce_status make_printable(conversion *c)
{
    ce_buf raw = c->writer.out, *out = &c->writer.out;
    const char *form = c->writer.form->name;
    bool is_json = strcmp(form, "json") == 0 || strcmp(form, "batch") == 0;
    ce_status status;

    *out = (ce_buf){ NULL, 0, 0 };
    if (is_json)
        status = ce_printable_json(ce_buf_slice(&raw), out);
    else
        status = ce_printable_add(ce_buf_slice(&raw), "\r\n\t", out);
    ce_buf_free(&raw);
    return status;
}

static ce_status flush(conversion *c)
{
    ce_buf *out = &c->writer.out;
    size_t done = 0;

    if (c->is_terminal && make_printable(c) != CE_OK)
        return ce_no_memory(&c->filter.err);
    while (done < out->len && !c->failure) {
        ssize_t n = write(STDOUT_FILENO, out->ptr + done, out->len - done);

        if (n >= 0)
            done += (size_t)n;
        else if (errno != EINTR)
            c->failure = errno;
    }
    ce_buf_clear(out);
    if (!c->failure)
        return CE_OK;
    return ce_fail(&c->filter.err, CE_EIO, "standard output: %s",
                   strerror(c->failure));
}

/* Reading may block for long, as on a pipe: the reader of our output gets all
 * that is ready before. The next flush reports a failure. */
static void before_read(void *arg)
{
    conversion *c = arg;
    ce_status status = br_form_is_ready(&c->writer) ? flush(c) : CE_OK;

    (void)status;
}

static ce_status write_one(conversion *c, const br_place *at,
                           const ce_message *m, ce_arena *arena)
{
    ce_error *err = &c->filter.err;
    ce_event e;
    ce_status status = ce_message_decode(m, arena, &e, err);

    if (status != CE_OK)
        return status;
    status = ce_batch_version_check(&c->filter.version, at->batch, &e, err);
    if (status != CE_OK)
        return status;
    return br_form_write(&c->writer, m, &e, err);
}

static ce_status take(void *arg, const br_place *at, const ce_message *m,
                      ce_arena *arena)
{
    conversion *c = arg;
    ce_status status = c->failure ? flush(c) : write_one(c, at, m, arena);

    /* These end the run; every other failure concerns this event alone. */
    if (status == CE_ENOMEM || status == CE_ECLOSED || c->failure)
        return status;
    if (status != CE_OK)
        return br_shell_filter_refuse(&c->filter, at, c->filter.err.text);
    if (c->writer.out.len < FULL_BYTES || !br_form_is_ready(&c->writer))
        return CE_OK;
    return flush(c);
}

/* Events that were written before a failure are complete, so they are flushed.
 * A form that is not ready holds a part only, such as the first of two events
 * where there may be one: that is thrown away. */
static br_exit convert(conversion *c, const br_args *args)
{
    ce_status status = br_shell_filter_run(&c->filter, args);
    br_exit code = br_shell_filter_exit(&c->filter, status);

    if (status != CE_OK && !br_form_is_ready(&c->writer))
        return code;
    if (status == CE_OK)
        status = br_form_finish(&c->writer);
    if (status == CE_OK || !c->failure)
        status = flush(c);
    if (code != BR_EXIT_DONE && code != BR_EXIT_REFUSED)
        return code;
    return br_shell_filter_exit(&c->filter, status);
}

static void set_up(conversion *c, const br_args *args, br_faults *faults)
{
    const char *mode = br_args_value(args, "mode");

    c->filter.from = br_shell_filter_form(args, "from", faults);
    c->filter.max_bytes = br_args_bytes(args, options, "max_event_bytes");
    c->filter.take = take;
    c->filter.before_read = before_read;
    c->is_terminal = isatty(STDOUT_FILENO);
    c->filter.arg = c;
    c->writer.form = br_shell_filter_form(args, "to", faults);
    c->writer.mode = CE_MODE_BINARY;
    if (mode && strcmp(mode, "structured") == 0)
        c->writer.mode = CE_MODE_STRUCTURED;
    if (mode && c->writer.form && c->writer.form->format)
        br_fault(faults, NULL,
                 "--mode: only HTTP messages have one (--to "
                 "http)");
}

static br_exit run(br_args *args, br_faults *faults)
{
    br_exit code = BR_EXIT_USAGE;
    conversion c = { 0 };

    set_up(&c, args, faults);
    if (!br_faults_show(faults))
        code = convert(&c, args);
    br_form_writer_free(&c.writer);
    return code;
}

const br_command br_command_convert = {
    .name = "convert",
    .summary = "events of one form into another",
    .usage = usage,
    .about = "Reads events from files, or from standard input, and writes "
             "them to standard output in another form. What is no valid "
             "event is named as FILE:LINE and left out.",
    .options = options,
    .help = br_shell_filter_help,
    .examples = "  cebridge convert --to batch events.ndjson > batch.json\n"
                "  curl -si http://localhost:8080/event | cebridge convert "
                "--from http\n",
    .run = run,
};
