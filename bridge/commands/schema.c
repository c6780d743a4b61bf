/* SPDX-License-Identifier: Apache-2.0 */
/* cebridge schema: the configuration, for editors. */
#include "bridge/commands/commands.h"

#include "bridge/config/schema.h"

static const char usage[] = "cebridge schema";

static br_exit show(br_args *args, br_faults *faults)
{
    if (!faults->count && args->rest_count)
        br_fault_usage(faults, usage);
    if (!faults->count && !br_config_schema(stdout)) {
        br_fault(faults, NULL, "out of memory");
        br_faults_show(faults);
        return BR_EXIT_FAILED;
    }
    return br_faults_show(faults) ? BR_EXIT_USAGE : BR_EXIT_DONE;
}

const br_command br_command_schema = {
    .name = "schema",
    .summary = "the JSON Schema of configurations, for editors",
    .usage = usage,
    .about = "Writes the schema by which editors complete and check a "
             "configuration, for all transports of this program. A first line "
             "\"# yaml-language-server: $schema=FILE\" makes many of them use "
             "it.",
    .run = show,
};
