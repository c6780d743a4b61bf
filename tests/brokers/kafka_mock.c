/* SPDX-License-Identifier: Apache-2.0 */
/* A Kafka broker in memory, for machines that cannot fetch the real one.
 *
 *     kafka_mock FILE
 *
 * Writes host:port to FILE and runs until it is told to end. It has no TLS, no
 * logins and no disk, and a partition keeps no more than 5 MiB. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

static int fail(const char *what, const char *why)
{
    fprintf(stderr, "kafka_mock: %s: %s\n", what, why);
    return EXIT_FAILURE;
}

static int serve(rd_kafka_mock_cluster_t *cluster, const char *path)
{
    FILE *file = fopen(path, "w");
    sigset_t ends;
    int number;

    if (!file)
        return fail(path, "cannot be written");
    fprintf(file, "%s\n", rd_kafka_mock_cluster_bootstraps(cluster));
    if (fclose(file) != 0)
        return fail(path, "cannot be written");
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    sigwait(&ends, &number);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    char why[256];
    sigset_t ends;
    rd_kafka_t *rk;
    rd_kafka_mock_cluster_t *cluster;
    int code;

    if (argc != 2)
        return fail("usage", "kafka_mock FILE");
    /* Before there are threads, so that none of them takes the signal. */
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    sigprocmask(SIG_BLOCK, &ends, NULL);
    rk = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), why, sizeof why);
    if (!rk)
        return fail("librdkafka", why);
    cluster = rd_kafka_mock_cluster_new(rk, 1);
    if (!cluster)
        return fail("librdkafka", "no mock cluster");
    code = serve(cluster, argv[1]);
    rd_kafka_mock_cluster_destroy(cluster);
    rd_kafka_destroy(rk);
    return code;
}
