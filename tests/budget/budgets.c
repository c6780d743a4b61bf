/* SPDX-License-Identifier: Apache-2.0 */
/* Runs each row for one and for two times EVENTS events, which is what
 * check.py counts: the difference is what EVENTS events cost, without what
 * surrounds them. Prints EVENTS, and the names of the rows in order. With the
 * argument "compiler" it only says what has compiled it. */
#include <string.h>

#include "tests/budget/budget.h"

enum { EVENTS = 256 };

#ifdef __clang__
#define COMPILER "clang"
#define VERSION __clang_major__
#else
#define COMPILER "gcc"
#define VERSION __GNUC__
#endif

static void run(const budget *b)
{
    b->open();
    for (unsigned i = 0; i < EVENTS; i++)
        b->one(i);
    budget_counted(b, EVENTS);
    budget_counted(b, 2 * EVENTS);
    b->close();
    puts(b->name);
}

int main(int argc, char **argv)
{
    const budget *const all[] = { codec_budgets, mqtt_budgets, pipeline_budgets,
                                  inbox_budgets };

    if (argc > 1 && !strcmp(argv[1], "compiler"))
        return printf("%s-%d\n", COMPILER, VERSION) < 0;
    printf("%d\n", EVENTS);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        for (const budget *b = all[i]; b->name; b++)
            run(b);
    return 0;
}
