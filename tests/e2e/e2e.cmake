# SPDX-License-Identifier: Apache-2.0
# Every tests/e2e/test_NOUN.py is one test, e2e/NOUN, labelled "e2e". They run
# the program against the brokers in CE_TEST_KAFKA and CE_TEST_MQTT
# (host:port), and exit with 77 ("skipped") where they need one that is not
# there. They run side by side, but for the one that measures; the longest
# begin first.
if(NOT TARGET cebridge)
  return()
endif()
find_package(Python3 REQUIRED COMPONENTS Interpreter)

file(GLOB e2e_tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/test_*.py)
foreach(source ${e2e_tests})
  get_filename_component(stem ${source} NAME_WE)
  string(REPLACE test_ "" noun ${stem})
  set(environment "CEBRIDGE=$<TARGET_FILE:cebridge>;PYTHONDONTWRITEBYTECODE=1;CE_EXAMPLES=${CMAKE_BINARY_DIR}/docs/examples")
  if(CE_SANITIZE)
    # Measured limits hold for the release build only.
    if(noun STREQUAL limits)
      continue()
    endif()
    list(APPEND environment "CE_TEST_SANITIZED=1")
  endif()
  set(label e2e)
  # Published test data: see tests/CMakeLists.txt.
  if(noun STREQUAL features)
    list(APPEND environment "CE_SPEC_DIR=${CE_SPEC_DIR}")
    if(NOT IS_DIRECTORY ${CE_SPEC_DIR})
      set(label spec)
    endif()
  endif()
  add_test(NAME e2e/${noun} COMMAND Python3::Interpreter ${source})
  set_tests_properties(e2e/${noun} PROPERTIES LABELS ${label} TIMEOUT 400
                       SKIP_RETURN_CODE 77 ENVIRONMENT "${environment}")
  if(noun STREQUAL limits)
    set_tests_properties(e2e/${noun} PROPERTIES RUN_SERIAL ON)
  elseif(noun MATCHES "^(outage|pairs|property)$")
    set_tests_properties(e2e/${noun} PROPERTIES COST 100)
  endif()
endforeach()

# What is installed, used from outside: its own label, for it needs no broker.
if(NOT CE_SANITIZE)
  add_test(NAME install/library COMMAND
           ${CMAKE_SOURCE_DIR}/tests/install/run ${CMAKE_BINARY_DIR})
  set_tests_properties(install/library PROPERTIES LABELS install TIMEOUT 120)
endif()

if(CE_HARDEN AND NOT CE_SANITIZE AND CMAKE_BUILD_TYPE MATCHES "Rel")
  add_test(NAME install/hardened COMMAND ${CMAKE_SOURCE_DIR}/tests/install/hardened
           $<TARGET_FILE:cebridge> $<TARGET_FILE:cloudevents>)
  set_tests_properties(install/hardened PROPERTIES LABELS install TIMEOUT 60)
endif()

if(NOT CE_SANITIZE)
  add_test(NAME install/same COMMAND ${CMAKE_SOURCE_DIR}/tests/install/same)
  set_tests_properties(install/same PROPERTIES LABELS install TIMEOUT 600)
endif()

# What another project adds to the tree that is a part of it.
if(NOT CE_SANITIZE)
  add_test(NAME install/extend COMMAND
           ${CMAKE_SOURCE_DIR}/tests/extend/run ${CMAKE_BINARY_DIR})
  set_tests_properties(install/extend PROPERTIES LABELS install TIMEOUT 600)
endif()
