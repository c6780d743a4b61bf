/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a reader over files. */
#include "bridge/cli/shell_filter.h"

#include <stdio.h>

#include "bridge/watch/console.h"

const br_form *br_shell_filter_form(const br_args *args, const char *name,
                                    br_faults *faults)
{
    const char *text = br_args_value(args, name);
    const br_form *form = br_form_find(text ? text : "json");
    char names[BR_FORM_NAMES_SIZE];

    if (!form) {
        br_form_names(names, sizeof names);
        br_fault(faults, NULL, "--%s: unknown form \"%s\"; there are: %s", name,
                 text, names);
    }
    return form;
}

void br_shell_filter_say(const br_place *at, const char *text)
{
    br_complain("%s:%zu: %s", at->file, at->line, text);
}

ce_status br_shell_filter_refuse(br_shell_filter *f, const br_place *at,
                                 const char *why)
{
    br_shell_filter_say(at, why);
    f->refused++;
    return CE_OK;
}

/* --- the taker --- */

typedef struct walk {
    br_shell_filter *filter;
    ce_arena *arena;
} walk;

static ce_status refuse(void *arg, const br_place *at, const char *why)
{
    return br_shell_filter_refuse(((walk *)arg)->filter, at, why);
}

static ce_status take(void *arg, const br_place *at, const ce_message *m)
{
    walk *w = arg;
    ce_status status = w->filter->take(w->filter->arg, at, m, w->arena);

    ce_arena_reset(w->arena);
    return status;
}

static ce_status read_file(br_shell_filter *f, const char *path,
                           const br_taker *to)
{
    br_input in;
    ce_status status = br_input_open(&in, path, &f->err);

    if (status != CE_OK)
        return status;
    in.before_read = f->before_read;
    in.arg = f->arg;
    status = f->from->read(f->from, &in, to, &f->err);
    br_input_close(&in);
    return status;
}

ce_status br_shell_filter_run(br_shell_filter *f, const br_args *args)
{
    static const char *const standard[] = { "-" };
    const char *const *paths = args->rest_count ? args->rest : standard;
    unsigned count = args->rest_count ? args->rest_count : 1;
    walk w = { .filter = f, .arena = ce_arena_new() };
    br_taker to = { take, refuse, &w, f->max_bytes };
    ce_status status = w.arena ? CE_OK : ce_no_memory(&f->err);

    for (unsigned i = 0; i < count && status == CE_OK; i++)
        status = read_file(f, paths[i], &to);
    ce_arena_free(w.arena);
    return status;
}

br_exit br_shell_filter_exit(const br_shell_filter *f, ce_status status)
{
    if (status == CE_OK)
        return f->refused ? BR_EXIT_REFUSED : BR_EXIT_DONE;
    br_complain("cebridge: error: %s", f->err.text);
    if (status == CE_ECLOSED || status == CE_ENOTSUP)
        return BR_EXIT_USAGE;
    return BR_EXIT_FAILED;
}

void br_shell_filter_help(br_page *page, const char *only)
{
    char names[BR_FORM_NAMES_SIZE], text[BR_FORM_NAMES_SIZE + 2];

    (void)only;
    br_form_names(names, sizeof names);
    snprintf(text, sizeof text, "%s.", names);
    br_page_section(page, "Forms");
    br_page_paragraph(page, text);
    br_page_paragraph(
        page, "json: one event or many, on lines or not. batch: a JSON "
              "array. http: the text of a message with its headers, "
              "binary, structured or a batch. The others are one event in "
              "that format, or a batch of it.");
}
