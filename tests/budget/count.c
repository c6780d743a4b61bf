/* SPDX-License-Identifier: Apache-2.0 */
/* In a file of its own, so that it is called by its name: callgrind counts
 * what happens within. */
#include "tests/budget/budget.h"

void budget_counted(const budget *b, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        b->one(i);
}
