/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/commands/listen_view.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bridge/commands/pretty.h"

static ce_status show_pretty(void *arg, ce_delivery *d, const ce_event *e,
                             ce_buf *out)
{
    (void)d;
    return br_pretty(e, ((const br_listen_view *)arg)->colors, out);
}

static ce_status show_format(void *arg, ce_delivery *d, const ce_event *e,
                             ce_buf *out)
{
    ce_error err;
    ce_slice line;
    ce_status status = ce_template_expand(((const br_listen_view *)arg)->format,
                                          d, e, &line, &err);

    return status == CE_OK ? ce_buf_append(out, line) : CE_ENOMEM;
}

/* https://no-color.org: set, and not empty. */
static bool has_colors(void)
{
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

    return isatty(STDOUT_FILENO) && !(no && *no) &&
           !(term && strcmp(term, "dumb") == 0);
}

static bool is_pretty(const char *wanted)
{
    return wanted ? strcmp(wanted, "true") == 0 : isatty(STDOUT_FILENO);
}

void br_listen_view_open(br_listen_view *v, const br_args *args, br_view *out,
                         br_faults *faults)
{
    const char *format = br_args_value(args, "format");
    const char *pretty = br_args_value(args, "pretty");
    ce_error err;

    if (format && pretty && strcmp(pretty, "true") == 0)
        br_fault(faults, NULL, "--pretty and --format: give one");
    else if (format &&
             ce_template_compile(&v->format, format, CE_IN_LINE, &err) != CE_OK)
        br_fault(faults, NULL, "--format: %s", err.text);
    v->colors = has_colors();
    if (v->format)
        *out = (br_view){ show_format, v };
    else if (is_pretty(pretty))
        *out = (br_view){ show_pretty, v };
}

void br_listen_view_close(br_listen_view *v)
{
    ce_template_free(v->format);
}
