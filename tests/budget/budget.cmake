# SPDX-License-Identifier: Apache-2.0
# What an event costs in instructions, beside the table of this platform. Only
# what is optimised as it is released has a budget.
if(CE_SANITIZE OR NOT CMAKE_BUILD_TYPE STREQUAL "Release")
  return()
endif()
find_package(Python3 REQUIRED COMPONENTS Interpreter)

file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/*.c)
add_executable(budgets ${sources})
target_link_libraries(budgets PRIVATE ce_test_support)
ce_optimise_as_a_whole(budgets)
add_test(NAME budget/instructions
         COMMAND Python3::Interpreter ${CMAKE_CURRENT_LIST_DIR}/check.py
                 $<TARGET_FILE:budgets>)
set_tests_properties(budget/instructions PROPERTIES LABELS unit TIMEOUT 120
                     SKIP_RETURN_CODE 77)
