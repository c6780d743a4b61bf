/* SPDX-License-Identifier: Apache-2.0 */
/* Configurations in YAML: a plan, or faults that say where. */
#include "bridge/config/keys.h"
#include "bridge/config/plan.h"
#include "bridge/config/yaml.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    br_faults faults = { .file = "f" };
    br_plan plan = { .routes = NULL };
    br_node *tree =
        br_config_parse((ce_slice){ (const char *)bytes, size }, &faults);

    check(tree || faults.count);
    if (tree)
        br_config_plan(&plan, tree, &faults);
    check(faults.count || plan.count);
    check(!faults.count == !faults.text.len);
    for (unsigned i = 0; i < plan.count && !faults.count; i++) {
        char text[BR_PROMISE_TEXT];

        br_route_promise_text(text, &plan.routes[i]);
        check(strncmp(text, "at ", 3) == 0);
    }
    br_plan_free(&plan);
    br_node_free(tree);
    br_faults_free(&faults);
    return 0;
}
