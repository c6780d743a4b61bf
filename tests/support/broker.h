/* SPDX-License-Identifier: Apache-2.0 */
/* Brokers of a test's own, from the scripts in tests/brokers. */
#ifndef CE_TESTS_SUPPORT_BROKER_H
#define CE_TESTS_SUPPORT_BROKER_H

/* Runs tests/brokers/SCRIPT with ARGUMENTS; its exit code. */
int ce_broker_script(const char *script, const char *arguments);
/* The first line of FOLDER/NAME; empty when there is none. */
void ce_broker_read(const char *folder, const char *name, char *out, int size);

#endif
