/* SPDX-License-Identifier: Apache-2.0 */
/* Variables of a configuration: a value stands for itself, wherever it stands,
 * and no fault shows it. */
#include "tests/bridge/config/plan_rig.h"

#include <unistd.h>

#define FROM "routes:\n  r:\n    from: foreign://h:1/a\n"
#define TO "    to: file:x\n"
/* All that separates something in a URI. */
#define ODD "a&qos=0?/#%41:b@c d"

static void set_variables(void)
{
    setenv("CE_ODD", ODD, 1);
    setenv("CE_PLAIN", "plain", 1);
    setenv("CE_HOSTS", "a.example:1,[::1]:2", 1);
    setenv("CE_URI", "custody://u:p@h:1/t?qos=2", 1);
    setenv("CE_EMPTY", "", 1);
    unsetenv("CE_UNSET");
}

static const ce_settings *planned(const char *text)
{
    set_variables();
    REQUIRE(is_planned(text));
    return plan.routes[0].to[0].settings;
}

static void a_value_in_a_query_is_one_value(void)
{
    const ce_settings *s =
        planned(FROM "    to: \"custody://h/t?rdkafka.x=${CE_ODD}&qos=2\"\n");

    EXPECT_STR(ce_settings_text(s, "rdkafka.x"), ODD);
    EXPECT_STR(ce_settings_text(s, "qos"), "2");
    forget();
}

static void a_value_before_the_host_is_a_name_or_a_password(void)
{
    const ce_settings *s =
        planned(FROM "    to: \"custody://${CE_ODD}:${CE_ODD}@h/t\"\n");

    EXPECT_STR(ce_settings_user(s), ODD);
    EXPECT_STR(ce_settings_password(s), ODD);
    EXPECT_STR(ce_settings_host(s), "h");
    EXPECT_STR(ce_settings_path(s), "t");
    EXPECT_LACKS(ce_settings_label(s), "qos");
    forget();
}

static void a_value_in_a_path_stays_there(void)
{
    const ce_settings *s = planned(FROM "    to: \"file:/d/${CE_ODD}/e\"\n");

    EXPECT_STR(ce_settings_path(s), "/d/" ODD "/e");
    forget();
}

static void hosts_and_a_whole_uri_may_be_variables(void)
{
    const ce_settings *s =
        planned(FROM "    to: { uri: \"custody://${CE_HOSTS}/t\" }\n");

    EXPECT_STR(ce_settings_authority(s), "a.example:1,[::1]:2");
    forget();
    s = planned(FROM "    to: [ \"${CE_URI}&rdkafka.x=${CE_ODD}\" ]\n");
    EXPECT_STR(ce_settings_password(s), "p");
    EXPECT_STR(ce_settings_text(s, "qos"), "2");
    EXPECT_STR(ce_settings_text(s, "rdkafka.x"), ODD);
    forget();
}

static void other_texts_take_values_as_they_are(void)
{
    const ce_settings *s = planned(FROM "    to: { uri: \"custody://h/t\", "
                                        "rdkafka: { x: \"${CE_ODD}\" } }\n");

    EXPECT_STR(ce_settings_text(s, "rdkafka.x"), ODD);
    forget();
}

static void there_are_defaults(void)
{
    static const struct {
        const char *text, *path;
    } rows[] = {
        { "${CE_UNSET:-x?y}", "x?y" },     { "${CE_EMPTY:-x}", "x" },
        { "${CE_PLAIN:-x}", "plain" },     { "${CE_UNSET:-}y", "y" },
        { "${CE_PLAIN:?no}", "plain" },    { "x${CE_EMPTY}", "x" },
        { "$${CE_PLAIN}", "${CE_PLAIN}" },
    };
    char text[200];

    for (size_t i = 0; i < COUNT(rows); i++) {
        snprintf(text, sizeof text, FROM "    to: \"file:%s\"\n", rows[i].text);
        EXPECT_STR(ce_settings_path(planned(text)), rows[i].path);
        forget();
    }
}

static void a_file_holds_a_value(void)
{
    char path[] = "/tmp/ce-variables-XXXXXX", text[200];
    int fd = mkstemp(path);

    REQUIRE_CMP(fd, >=, 0);
    REQUIRE_EQ(write(fd, ODD "\r\n", strlen(ODD) + 2),
               (ssize_t)strlen(ODD) + 2);
    close(fd);
    snprintf(text, sizeof text,
             FROM "    to: \"custody://h/t?rdkafka.x=${file:%s}\"\n", path);
    EXPECT_STR(ce_settings_text(planned(text), "rdkafka.x"), ODD);
    forget();
    unlink(path);
}

static void faults_name_variables_and_show_no_value(void)
{
    static const struct {
        const char *text, *said;
    } rows[] = {
        { FROM "    to: \"file:${CE_UNSET:?say where}\"\n",
          "bridge.yaml:4: the environment variable CE_UNSET is not set: say "
          "where" },
        { FROM "    to: \"file:${CE_UNSET}\"\n",
          "bridge.yaml:4: the environment variable CE_UNSET is not set" },
        { FROM "    to: \"file:${file:/nowhere/x}\"\n",
          "bridge.yaml:4: ${file:/nowhere/x}: No such file or directory" },
        { FROM "    to: \"custody://${CE_ODD}/t\"\n",
          "bridge.yaml:4: the value of ${CE_ODD} is no host" },
        { FROM "    to: \"${CE_PLAIN}\"\n",
          "bridge.yaml:4: the variables do not make up an endpoint" },
        { FROM "    to: \"custody://h/t?qos=${CE_PLAIN}\"\n",
          "bridge.yaml:4: qos: \"${CE_PLAIN}\" is not one of 0|1" },
        { FROM "    to: { uri: \"custody://h/t\", qos: \"${CE_PLAIN}\" }\n",
          "bridge.yaml:4: qos: \"${CE_PLAIN}\" is not one of 0|1" },
        { FROM "    to: custody://h/t\n    filter: 'type ${CE_PLAIN}'\n",
          "expected an operator or the end, not \"${CE_PLAIN}\"" },
        { FROM "    to: custody://h/t\n    order: a-${CE_PLAIN}\n",
          "bridge.yaml:5: order: \"a-${CE_PLAIN}\" is not one of" },
    };

    set_variables();
    for (size_t i = 0; i < COUNT(rows); i++) {
        plan_text(rows[i].text);
        EXPECT_EQ(faults.count, 1);
        REQUIRE_OK(ce_buf_byte(&faults.text, '\0'));
        EXPECT_CONTAINS(faults.text.ptr, rows[i].said);
        EXPECT_LACKS(faults.text.ptr, "plain");
        EXPECT_LACKS(faults.text.ptr, "qos=0");
        forget();
    }
}

TESTS("variables", TEST(a_value_in_a_query_is_one_value),
      TEST(a_value_before_the_host_is_a_name_or_a_password),
      TEST(a_value_in_a_path_stays_there),
      TEST(hosts_and_a_whole_uri_may_be_variables),
      TEST(other_texts_take_values_as_they_are), TEST(there_are_defaults),
      TEST(a_file_holds_a_value), TEST(faults_name_variables_and_show_no_value))
