/* SPDX-License-Identifier: Apache-2.0 */
/* Runs CUnit tables and reports in one line per failure. */
#include "tests/support/ce_test.h"

#include <ftw.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/mem.h"
#include "tests/support/memory.h"

static void (*after)(void);

void ce_test_after(void (*fn)(void))
{
    after = fn;
}

/* What a failed test has left behind must not fail its neighbours. */
static void end_test(void)
{
    if (after)
        after();
    ce_memory_unwatch();
    ce_mem_forget();
}

int ce_test_main(const char *suite, const CU_TestInfo *tests)
{
    CU_TestInfo *copy = NULL;
    unsigned count = 0, failures;

    setvbuf(stdout, NULL, _IOLBF, 0);
    while (tests[count].pName)
        count++;
    copy = calloc(count + 1, sizeof *copy);
    memcpy(copy, tests, count * sizeof *copy);
    if (CU_initialize_registry() != CUE_SUCCESS)
        return 2;
    CU_SuiteInfo suites[] = {
        { suite, NULL, NULL, NULL, end_test, copy },
        CU_SUITE_INFO_NULL,
    };
    CU_register_suites(suites);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    failures =
        CU_get_number_of_failures() + (CU_get_number_of_tests_run() == 0);
    CU_cleanup_registry();
    free(copy);
    return failures ? 1 : 0;
}

const char *ce_test_broker(const char *variable)
{
    const char *address = getenv(variable);

    if (!address || !*address) {
        printf("skipped: %s is not set\n", variable);
        exit(77);
    }
    return address;
}

unsigned ce_test_free_port(void)
{
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_addr = { htonl(INADDR_LOOPBACK) } };
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    REQUIRE_CMP(fd, >=, 0);
    REQUIRE_EQ(bind(fd, (struct sockaddr *)&at, len), 0);
    REQUIRE_EQ(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    close(fd);
    return ntohs(at.sin_port);
}

ce_event *ce_test_event(void)
{
    ce_event *e = ce_event_blank();

    REQUIRE(e != NULL);
    REQUIRE_OK(ce_event_set(e, "id", "1", NULL));
    REQUIRE_OK(ce_event_set(e, "source", "/s", NULL));
    REQUIRE_OK(ce_event_set(e, "type", "t", NULL));
    return e;
}

const char *ce_test_unique(const char *prefix)
{
    static char text[8][96];
    static unsigned turn;
    struct timespec now;
    char *out = text[turn++ % COUNT(text)];

    clock_gettime(CLOCK_REALTIME, &now);
    snprintf(out, sizeof text[0], "%s-%lx-%lx-%x", prefix, (long)getpid(),
             now.tv_sec * 1000000000L + now.tv_nsec, turn);
    return out;
}

void ce_test_make_folder(char *out, size_t size)
{
    const char *base = getenv("TMPDIR");

    snprintf(out, size, "%s/cloudevents-XXXXXX", base ? base : "/tmp");
    REQUIRE(mkdtemp(out) != NULL);
}

static int remove_one(const char *path, const struct stat *st, int flag,
                      struct FTW *at)
{
    (void)st;
    (void)flag;
    (void)at;
    return remove(path);
}

void ce_test_remove(const char *folder)
{
    nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
