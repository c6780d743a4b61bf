/* SPDX-License-Identifier: Apache-2.0 */
/* Calls that can only fail. CESQL 3.5 leaves them to the evaluation; who writes
 * a filter is told before. */
#include "core/cesql/filter.h"

#include "core/cesql/sql.h"

static const ce_sql_node *failing(const ce_sql_node *n)
{
    const ce_sql_node *found;

    if (!n || (n->kind == CE_NODE_CALL && !n->function))
        return n;
    found = failing(n->left);
    for (const ce_sql_node *i = n->list; i && !found; i = i->next)
        found = failing(i);
    return found ? found : failing(n->right);
}

static ce_status blame(const ce_sql_node *call, size_t column, ce_error *err)
{
    ce_slice name = call->text;
    char nearest[40] = "";

    if (name.len > 60)
        name.len = 60;
    if (ce_sql_function_is_known(name))
        return ce_fail(
            err, CE_ESYNTAX, "column %zu: \"%.*s\" does not take %u argument%s",
            column, CE_ARG(name), call->count, call->count == 1 ? "" : "s");
    ce_sql_function_nearest(name, nearest, sizeof nearest);
    return ce_fail(err, CE_ESYNTAX,
                   "column %zu: there is no function \"%.*s\"%s%s%s", column,
                   CE_ARG(name), *nearest ? ", did you mean \"" : "", nearest,
                   *nearest ? "\"?" : "");
}

ce_status ce_filter_check_calls(const ce_filter *f, ce_error *err)
{
    const ce_sql_node *call = failing(f->sql->root);

    if (!call)
        return CE_OK;
    return blame(call, (size_t)(call->text.ptr - f->sql->text.ptr) + 1, err);
}
