/* SPDX-License-Identifier: Apache-2.0 */
/* cebridge completion: what a shell completes. */
#include "bridge/commands/commands.h"

#include "bridge/cli/completion.h"

static const char usage[] = "cebridge completion bash|zsh|fish";

static const ce_option options[] = {
    { "words", CE_OPT_BOOLEAN, NULL, NULL, 0, 0,
      "what may stand in place of the last word behind \"--\"; the scripts ask "
      "so" },
    CE_OPTION_END,
};

static br_exit complete(br_args *args, br_faults *faults)
{
    bool words = br_args_flag(args, "words");
    const char *script = NULL;

    if (!words && args->rest_count == 1)
        script = br_completion_script(args->rest[0]);
    if (!faults->count && (words ? !args->rest_count : !script))
        br_fault_usage(faults, usage);
    if (br_faults_show(faults))
        return BR_EXIT_USAGE;
    if (words)
        br_complete(stdout, br_commands, args->rest, args->rest_count);
    else
        fputs(script, stdout);
    return BR_EXIT_DONE;
}

const br_command br_command_completion = {
    .name = "completion",
    .summary = "a script that completes words in bash, zsh or fish",
    .usage = usage,
    .about = "Writes the script that makes a shell complete commands, options, "
             "endpoints with their options, and files. The Debian package "
             "installs it for all three.",
    .options = options,
    .examples = "  source <(cebridge completion bash)\n"
                "  source <(cebridge completion zsh)\n"
                "  cebridge completion fish | source\n",
    .run = complete,
};
