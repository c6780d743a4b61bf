# SPDX-License-Identifier: Apache-2.0
# Every tests/faults/test_NOUN.py is one test, faults/NOUN, labelled "faults":
# the program under events that flow, and peers, networks and processes that
# fail. CE_TEST_FAULTS=all in the environment runs all of it at full length.
if(NOT TARGET cebridge)
  return()
endif()
find_package(Python3 REQUIRED COMPONENTS Interpreter)

add_library(fault_clock MODULE ${CMAKE_CURRENT_LIST_DIR}/clock.c)
target_link_libraries(fault_clock PRIVATE ${CMAKE_DL_LIBS})

file(GLOB fault_tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/test_*.py)
foreach(source ${fault_tests})
  get_filename_component(stem ${source} NAME_WE)
  string(REPLACE test_ "" noun ${stem})
  set(environment
      "CEBRIDGE=$<TARGET_FILE:cebridge>;PYTHONDONTWRITEBYTECODE=1;CE_TEST_CLOCK_LIBRARY=$<TARGET_FILE:fault_clock>")
  if(CE_SANITIZE)
    list(APPEND environment "CE_TEST_SANITIZED=1")
  endif()
  add_test(NAME faults/${noun} COMMAND Python3::Interpreter ${source})
  set_tests_properties(faults/${noun} PROPERTIES LABELS faults TIMEOUT 3600
                       SKIP_RETURN_CODE 77 ENVIRONMENT "${environment}")
endforeach()

# The longest begins first.
set_tests_properties(faults/soak PROPERTIES COST 1)
