/* SPDX-License-Identifier: Apache-2.0 */
/* The transport within a process: for tests of handlers without sockets, and
 * between routes of one bridge. */
#include "bindings/mem/mem.h"

#include <string.h>

static const char *const schemes[] = { "mem", NULL };

static const ce_option receiver_options[] = {
    CE_OPTION_MAX_IN_FLIGHT("1024"),
    CE_OPTION_END,
};

static const ce_option sender_options[] = {
    CE_OPTION_MODE,
    CE_OPTION_END,
};

static ce_overlap returns(const ce_settings *from, const ce_settings *to)
{
    return strcmp(ce_settings_authority(from), ce_settings_authority(to)) ||
                   strcmp(ce_settings_path(from), ce_settings_path(to))
               ? CE_APART
               : CE_SAME;
}

const ce_transport ce_transport_mem = {
    .abi = CE_TRANSPORT_ABI,
    .name = "mem",
    .schemes = schemes,
    .help = "mem://NAME: the receiver of this name in the same process",
    .receiver_options = receiver_options,
    .sender_options = sender_options,
    .sender_rule = CE_URI_STRICT,
    .batches = true,
    .receiver = ce_mem_receiver_open,
    .responder = ce_mem_receiver_open,
    .sender = ce_mem_sender_open,
    .requester = ce_mem_sender_open,
    .answers = true,
    .returns = returns,
};
