/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/run/built_in.h"

#include <stddef.h>

const char *const br_no_schemes[] = { NULL };
const ce_option br_no_options[] = { CE_OPTION_END };
