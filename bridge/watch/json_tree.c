/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/watch/json_tree.h"

ce_status br_json_tree_show(cJSON *tree, bool on_a_line, FILE *out)
{
    char *text = on_a_line ? cJSON_PrintUnformatted(tree) : cJSON_Print(tree);

    cJSON_Delete(tree);
    if (!text)
        return CE_ENOMEM;
    fprintf(out, "%s\n", text);
    cJSON_free(text);
    return CE_OK;
}
