/* SPDX-License-Identifier: Apache-2.0 */
/* cebridge send: one event from options, or many from standard input. */
#include "commands.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <cloudevents/data.h>

#include "../config.h"
#include "../console.h"
#include "../help.h"
#include "../relay_options.h"
#include "../single.h"

static const char usage[] = "cebridge send [options] SINK [-]";

static const ce_option options[] = {
    { "type", CE_OPT_TEXT, NULL, NULL, 0, 0, "the event's type, required" },
    { "source", CE_OPT_TEXT, NULL, NULL, 0, 0, "the event's source, required" },
    { "id", CE_OPT_TEXT, NULL, NULL, 0, 0,
      "the event's id; without it one is made" },
    { "time", CE_OPT_TEXT, NULL, NULL, 0, 0,
      "the event's time; without it now" },
    { "subject", CE_OPT_TEXT, NULL, NULL, 0, 0, "the event's subject" },
    { "ext", CE_OPT_TEXT, NULL, NULL, 0, 0,
      "NAME=VALUE: any other attribute; may be repeated" },
    { "data", CE_OPT_TEXT, NULL, NULL, 0, 0,
      "the event's data, or @FILE for that of a file" },
    { "content_type", CE_OPT_TEXT, NULL, NULL, 0, 0,
      "the media type of the data" },
    { "timeout", CE_OPT_TIME, "10s", NULL, 1, 86400000,
      "how long delivery is tried" },
    { "log_level", CE_OPT_CHOICE, "info", "error|warning|info|debug", 0, 0,
      "what is written to stderr" },
    CE_OPTION_END,
};

static void help(void)
{
    printf("%s\n\n"
           "Sends one event that the options describe, or with \"-\" the "
           "events of standard input\n"
           "(structured JSON, one a line). It ends when the sink has "
           "confirmed.\n"
           "\nOptions:\n",
           usage);
    ce_help_options(stdout, options);
    printf("  --help                      this text\n");
    ce_help_exits(stdout);
    ce_help_endpoints(stdout, false, true);
    printf("\nExamples:\n"
           "  cebridge send http://localhost:8080/events --type com.example.hi "
           "--source /me \\\n"
           "      --data '{\"a\":1}' --content-type application/json\n"
           "  cebridge send kafka://localhost:9092/events - < "
           "events.ndjson\n");
}

/* --- the event --- */

static bool read_file(const char *path, ce_buf *out)
{
    FILE *file = fopen(path, "rbe");
    size_t got = 1;
    bool fine;

    if (!file)
        return false;
    while (got > 0 && ce_buf_reserve(out, 65536) == CE_OK) {
        got = fread(out->ptr + out->len, 1, 65536, file);
        out->len += got;
    }
    fine = got == 0 && !ferror(file);
    fclose(file);
    return fine;
}

static void set_data(ce_event *e, const ce_args *args, ce_faults *faults)
{
    const char *data = ce_args_value(args, "data");
    ce_slice type = ce_slice_of(ce_args_value(args, "content_type"));
    ce_buf file = { 0 };
    ce_error err;

    if (data && data[0] == '@' && !read_file(data + 1, &file))
        ce_fault(faults, NULL, "--data: %s: %s", data + 1, strerror(errno));
    else if (data && ce_event_set_data(e, type,
                                       data[0] == '@' ? ce_buf_slice(&file)
                                                      : ce_slice_of(data),
                                       &err) != CE_OK)
        ce_fault(faults, NULL, "%s", err.text);
    else if (!data && type.ptr &&
             ce_event_set(e, "datacontenttype", type.ptr, &err) != CE_OK)
        ce_fault(faults, NULL, "--content-type: %s", err.text);
    ce_buf_free(&file);
}

static void set_extension(ce_event *e, const char *text, ce_faults *faults)
{
    const char *equals = strchr(text, '=');
    char name[200];
    ce_error err;

    if (!equals || equals - text >= (ptrdiff_t)sizeof name) {
        ce_fault(faults, NULL, "--ext: \"%s\" is not NAME=VALUE", text);
        return;
    }
    snprintf(name, sizeof name, "%.*s", (int)(equals - text), text);
    if (ce_event_set(e, name, equals + 1, &err) != CE_OK)
        ce_fault(faults, NULL, "--ext: %s", err.text);
}

static void set_attributes(ce_event *e, const ce_args *args, ce_faults *faults)
{
    static const char *const names[] = { "type", "source", "id", "time",
                                         "subject" };
    ce_error err;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *text = ce_args_value(args, names[i]);

        if (text && ce_event_set(e, names[i], text, &err) != CE_OK)
            ce_fault(faults, NULL, "--%s: %s", names[i], err.text);
        else if (!text && i < 2)
            ce_fault(faults, NULL, "--%s is missing", names[i]);
    }
    for (unsigned i = 0; i < args->count; i++)
        if (strcmp(args->options[i].name, "ext") == 0)
            set_extension(e, args->options[i].value, faults);
}

/* NULL with faults. */
static ce_event *make_event(const ce_args *args, ce_faults *faults)
{
    ce_event *e = ce_event_new();
    ce_error err;

    if (!e) {
        ce_fault(faults, NULL, "out of memory");
        return NULL;
    }
    set_attributes(e, args, faults);
    set_data(e, args, faults);
    if (!faults->count && ce_event_stamp(e, &err) != CE_OK)
        ce_fault(faults, NULL, "%s", err.text);
    return e;
}

/* --- the way --- */

static void plan_send(ce_plan *plan, const ce_args *args, bool from_stdin,
                      ce_faults *faults)
{
    const char *level = ce_args_value(args, "log_level");
    const ce_args none = { 0 };
    ce_route_plan *r;

    ce_relay_plan(plan, &none, "-", args->rest, 1, faults);
    if (faults->count)
        return;
    plan->quiet = true;
    if (level)
        plan->log = ce_config_level(level);
    r = &plan->routes[0];
    r->retry.given = true;
    r->retry.cap_ms = 1000;
    r->retry.max_age_ms = ce_args_ms(args, options, "timeout");
    if (!from_stdin)
        r->from.transport = &ce_single_transport;
}

static ce_exit send_all(const ce_args *args, ce_faults *faults)
{
    bool from_stdin = args->rest_count == 2 && strcmp(args->rest[1], "-") == 0;
    ce_exit code = CE_EXIT_USAGE;
    ce_event *e = NULL;
    ce_plan plan = { 0 };

    if (!faults->count && args->rest_count != 1 + (unsigned)from_stdin)
        ce_fault(faults, NULL, "usage: %s", usage);
    if (!faults->count && !from_stdin)
        e = make_event(args, faults);
    if (!faults->count)
        plan_send(&plan, args, from_stdin, faults);
    if (!ce_console_faults(faults)) {
        ce_single_set(e);
        ce_console_open(plan.log);
        code = ce_supervise(&plan);
    }
    ce_plan_free(&plan);
    ce_event_free(e);
    return code;
}

ce_exit ce_command_send(int argc, char **argv)
{
    ce_faults faults = { 0 };
    ce_exit code = CE_EXIT_DONE;
    ce_args args;

    ce_args_parse(&args, argc, argv, options, &faults);
    if (args.help)
        help();
    else
        code = send_all(&args, &faults);
    ce_args_free(&args);
    ce_faults_free(&faults);
    return code;
}
