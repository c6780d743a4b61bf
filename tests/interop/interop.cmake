# SPDX-License-Identifier: Apache-2.0
# The official SDKs against the program: one test of its own label, for it
# fetches and builds partner programs. It says in interop.txt what ran.
if(NOT TARGET cebridge)
  return()
endif()
find_package(Python3 REQUIRED COMPONENTS Interpreter)

add_test(NAME interop/sdks COMMAND
         Python3::Interpreter ${CMAKE_CURRENT_LIST_DIR}/test_interop.py)
set_tests_properties(interop/sdks PROPERTIES LABELS interop TIMEOUT 400
  SKIP_RETURN_CODE 77 RUN_SERIAL ON ENVIRONMENT
  "CEBRIDGE=$<TARGET_FILE:cebridge>;PYTHONDONTWRITEBYTECODE=1;CE_TEST_SUMMARY=${CMAKE_BINARY_DIR}/interop.txt")

add_test(NAME interop/manifests COMMAND
         Python3::Interpreter ${CMAKE_CURRENT_LIST_DIR}/test_manifests.py)
set_tests_properties(interop/manifests PROPERTIES LABELS interop TIMEOUT 400
  ENVIRONMENT PYTHONDONTWRITEBYTECODE=1)
