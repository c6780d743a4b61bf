/* SPDX-License-Identifier: Apache-2.0 */
/* Work whose instructions are counted: what one event costs, repeatably. */
#ifndef CE_TESTS_BUDGET_BUDGET_H
#define CE_TESTS_BUDGET_BUDGET_H

#include <stdio.h>
#include <stdlib.h>

#include <cloudevents/message.h>

typedef struct budget {
    const char *name;
    void (*open)(void);
    void (*one)(unsigned number); /* what an event costs; from 0 on */
    void (*close)(void);
} budget;

/* Each ends with a row without a name. */
extern const budget codec_budgets[], mqtt_budgets[], pipeline_budgets[],
    inbox_budgets[];

/* Does it for COUNT events; check.py counts the instructions of each call. */
void budget_counted(const budget *b, unsigned count);

/* A usual event: eight attributes and 240 bytes of JSON, in binary mode. */
enum { BUDGET_ATTRIBUTES = 8 };
extern const ce_attr budget_attributes[BUDGET_ATTRIBUTES];
extern const ce_slice budget_data, budget_content_type;
ce_message budget_message(void);

/* A failure costs something else. */
#define MUST(condition)                                                        \
    do {                                                                       \
        if (!(condition)) {                                                    \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);    \
            abort();                                                           \
        }                                                                      \
    } while (0)

#endif
