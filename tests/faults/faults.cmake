# SPDX-License-Identifier: Apache-2.0
# Every tests/faults/test_NOUN.py is one test, faults/NOUN, labelled "faults" (a
# soak one for each leg): the program under events that flow, and peers,
# networks and processes that fail. CE_TEST_FAULTS=all in the environment runs all of it at full length.
if(NOT TARGET cebridge)
  return()
endif()
find_package(Python3 REQUIRED COMPONENTS Interpreter)

add_library(fault_clock MODULE ${CMAKE_CURRENT_LIST_DIR}/clock.c)
target_link_libraries(fault_clock PRIVATE ${CMAKE_DL_LIBS})
# What is hidden takes the place of nothing.
set_target_properties(fault_clock PROPERTIES C_VISIBILITY_PRESET default)

# add_fault_test(NAME SOURCE [TEST]): of a file, TEST or all.
function(add_fault_test name)
  set(environment
      "CEBRIDGE=$<TARGET_FILE:cebridge>;PYTHONDONTWRITEBYTECODE=1;CE_TEST_CLOCK_LIBRARY=$<TARGET_FILE:fault_clock>")
  if(CE_SANITIZE)
    list(APPEND environment "CE_TEST_SANITIZED=1")
  endif()
  add_test(NAME faults/${name} COMMAND Python3::Interpreter ${ARGN})
  set_tests_properties(faults/${name} PROPERTIES LABELS faults TIMEOUT 3600
                       SKIP_RETURN_CODE 77 ENVIRONMENT "${environment}")
endfunction()

file(GLOB fault_tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/test_*.py)
list(FILTER fault_tests EXCLUDE REGEX /test_soak.py$)
foreach(source ${fault_tests})
  get_filename_component(stem ${source} NAME_WE)
  string(REPLACE test_ "" noun ${stem})
  add_fault_test(${noun} ${source})
endforeach()

# A soak lasts as long as one wants, and mostly waits: its legs run side by side.
foreach(leg kafka_to_http mqtt_to_kafka http_to_mqtt)
  add_fault_test(soak/${leg} ${CMAKE_CURRENT_LIST_DIR}/test_soak.py
                 Soak.test_${leg})
  set_tests_properties(faults/soak/${leg} PROPERTIES COST 1)
endforeach()

# With what takes the longest they begin first.
set_tests_properties(faults/crashes faults/freezes faults/network
                     PROPERTIES COST 1)
