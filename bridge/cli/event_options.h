/* SPDX-License-Identifier: Apache-2.0 */
/* The options of commands that make one event. */
#ifndef CE_BRIDGE_CLI_EVENT_OPTIONS_H
#define CE_BRIDGE_CLI_EVENT_OPTIONS_H

#include <cloudevents/data.h>

#include "bridge/cli/args.h"

/* Rows for a command's table. */
#define BR_EVENT_OPTIONS                                                       \
    { "type", CE_OPT_TEXT, NULL, NULL, 0, 0, "the event's type, required" },   \
        { "source",                                                            \
          CE_OPT_TEXT,                                                         \
          NULL,                                                                \
          NULL,                                                                \
          0,                                                                   \
          0,                                                                   \
          "the event's source, required" },                                    \
        { "id",                                                                \
          CE_OPT_TEXT,                                                         \
          NULL,                                                                \
          NULL,                                                                \
          0,                                                                   \
          0,                                                                   \
          "the event's id; without it one is made" },                          \
        { "time",                                                              \
          CE_OPT_TEXT,                                                         \
          NULL,                                                                \
          NULL,                                                                \
          0,                                                                   \
          0,                                                                   \
          "the event's time; without it now" },                                \
        { "subject", CE_OPT_TEXT, NULL, NULL, 0, 0, "the event's subject" },   \
        { "ext",                                                               \
          CE_OPT_TEXT,                                                         \
          NULL,                                                                \
          "NAME=VALUE",                                                        \
          0,                                                                   \
          0,                                                                   \
          "any other attribute; may be repeated" },                            \
        { "data",                                                              \
          CE_OPT_TEXT,                                                         \
          NULL,                                                                \
          "TEXT|@FILE",                                                        \
          0,                                                                   \
          0,                                                                   \
          "the event's data, or @FILE for that of a file" },                   \
    {                                                                          \
        "content_type", CE_OPT_TEXT, NULL, NULL, 0, 0,                         \
            "the media type of the data"                                       \
    }

/* Makes the event that the options describe, with an id and a time. Free it in
 * either case: it may come with faults. NULL only without memory. */
ce_event *br_event_of_options(const br_args *args, br_faults *faults);

#endif
