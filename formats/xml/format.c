/* SPDX-License-Identifier: Apache-2.0 */
/* The XML format and its batches. */
#include "formats/xml/xml.h"

const ce_format ce_format_xml = {
    .name = "xml",
    .media_type = "application/cloudevents+xml",
    .batch_media_type = "application/cloudevents-batch+xml",
    .decode = ce_xml_decode,
    .encode = ce_xml_encode,
    .decode_batch = ce_xml_decode_batch,
    .encode_batch = ce_xml_encode_batch,
    .findings = ce_xml_findings,
    .check = ce_xml_check,
};
