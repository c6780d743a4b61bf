/* SPDX-License-Identifier: Apache-2.0 */
/* Visibility and attribute macros, and the version of this library. */
#ifndef CLOUDEVENTS_API_H
#define CLOUDEVENTS_API_H

#define CE_VERSION_MAJOR 0
#define CE_VERSION_MINOR 1
#define CE_VERSION_PATCH 0
#define CE_VERSION "0.1.0"

/* CE_API marks what the shared library exports. CE_MUST_USE makes the compiler
 * warn when a result is ignored; CE_PRINTF lets it check a format. */
#if defined(__GNUC__)
#define CE_API __attribute__((visibility("default")))
#define CE_MUST_USE __attribute__((warn_unused_result))
#define CE_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define CE_API
#define CE_MUST_USE
#define CE_PRINTF(fmt, args)
#endif

#ifdef __cplusplus
#define CE_BEGIN_DECLS extern "C" {
#define CE_END_DECLS }
#else
#define CE_BEGIN_DECLS
#define CE_END_DECLS
#endif

#endif
