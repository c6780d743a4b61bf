/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/budget/budget.h"

#define TEXT(literal)                                                          \
    {                                                                          \
        literal, sizeof(literal) - 1                                           \
    }
#define DATA                                                                   \
    "{\"orderId\":123456,\"customer\":\"customer-98765\",\"lines\":["          \
    "{\"sku\":\"A-1\",\"count\":2,\"price\":19.90},"                           \
    "{\"sku\":\"B-2\",\"count\":1,\"price\":250.00},"                          \
    "{\"sku\":\"C-3\",\"count\":7,\"price\":1.50}],"                           \
    "\"note\":\"please leave it with the neighbours\"}"

const ce_attr budget_attributes[BUDGET_ATTRIBUTES] = {
    { TEXT("specversion"), TEXT("1.0"), CE_STRING },
    { TEXT("id"), TEXT("b3a1c2d4-77aa-4c0e-9f51-1d2e3f405162"), CE_STRING },
    { TEXT("type"), TEXT("com.example.order.created"), CE_STRING },
    { TEXT("source"), TEXT("/shops/eu-west-1/checkout"), CE_URI_REF },
    { TEXT("time"), TEXT("2024-05-01T12:34:56.789Z"), CE_TIMESTAMP },
    { TEXT("subject"), TEXT("order/123456"), CE_STRING },
    { TEXT("dataschema"), TEXT("https://example.com/schemas/order.json"),
      CE_URI },
    { TEXT("partitionkey"), TEXT("customer-98765"), CE_STRING },
};

const ce_slice budget_data = TEXT(DATA);
const ce_slice budget_content_type = TEXT("application/json");

ce_message budget_message(void)
{
    return (ce_message){
        .mode = CE_MODE_BINARY,
        .content_type = budget_content_type,
        .body = budget_data,
        .attrs = { (ce_attr *)budget_attributes, BUDGET_ATTRIBUTES,
                   BUDGET_ATTRIBUTES },
    };
}
