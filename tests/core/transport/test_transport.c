/* SPDX-License-Identifier: Apache-2.0 */
/* The table of transports: those of the build, and the application's own. */
#include "tests/support/ce_test.h"

static const char *const schemes[] = { "pigeon", "pigeons", NULL };

static const ce_transport pigeon = {
    .abi = CE_TRANSPORT_ABI,
    .name = "pigeon",
    .schemes = schemes,
};

static void an_own_transport_is_found_by_its_schemes(void)
{
    ce_error err;

    EXPECT_EQ(ce_transport_find("pigeon://loft"), NULL);
    REQUIRE_OK(ce_transport_register(&pigeon, &err));
    EXPECT_EQ(ce_transport_find("pigeon://loft/a?b=c"), &pigeon);
    EXPECT_EQ(ce_transport_find("PigeonS://loft"), &pigeon);
    EXPECT_EQ(ce_transport_find("pigeonx://loft"), NULL);
    EXPECT_EQ(ce_transport_find("pige"), NULL);
    EXPECT_EQ(ce_transport_find(""), NULL);
}

static void the_table_can_be_walked(void)
{
    unsigned i = 0, found = 0;
    const ce_transport *t;

    for (; (t = ce_transport_at(i)); i++) {
        EXPECT_EQ(t->abi, CE_TRANSPORT_ABI);
        REQUIRE(t->name);
        EXPECT(t->name[0]);
        REQUIRE(t->schemes);
        EXPECT(t->schemes[0]);
        found += t == &pigeon;
    }
    EXPECT_EQ(found, 1);
    EXPECT_EQ(ce_transport_at(i + 1000), NULL);
}

static void each_built_in_transport_owns_its_schemes(void)
{
    const ce_transport *t;

    for (unsigned i = 0; (t = ce_transport_at(i)); i++)
        for (const char *const *s = t->schemes; *s; s++) {
            char uri[64];

            snprintf(uri, sizeof uri, "%s:x", *s);
            EXPECT_EQ_ROW(uri, ce_transport_find(uri), t);
        }
}

static void another_interface_is_refused(void)
{
    static const ce_transport old = { .abi = CE_TRANSPORT_ABI + 1,
                                      .name = "old",
                                      .schemes = schemes };
    ce_error err = { CE_OK, "" };

    EXPECT_STATUS(ce_transport_register(&old, &err), CE_EINVAL);
    EXPECT_CONTAINS(err.text, "old");
}

static void the_table_has_an_end(void)
{
    ce_status status = CE_OK;
    unsigned i = 0;

    while (i < 1000 && (status = ce_transport_register(&pigeon, NULL)) == CE_OK)
        i++;
    EXPECT_STATUS(status, CE_ENOMEM);
    EXPECT_CMP(i, >, 0);
    EXPECT_CMP(i, <, 1000);
    EXPECT_EQ(ce_transport_find("pigeon:x"), &pigeon);
}

TESTS("transport", TEST(an_own_transport_is_found_by_its_schemes),
      TEST(the_table_can_be_walked),
      TEST(each_built_in_transport_owns_its_schemes),
      TEST(another_interface_is_refused), TEST(the_table_has_an_end))
