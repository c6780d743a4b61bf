# SPDX-License-Identifier: Apache-2.0
# What a sanitizer finds ends the program, so that no test passes over it.
if(NOT CE_SANITIZE)
  return()
endif()

# Each of these does what its sanitizer is for, and must not go on.
function(ce_must_stop noun finding)
  add_executable(sanitize_${noun} ${CMAKE_CURRENT_SOURCE_DIR}/sanitize/${noun}.c)
  target_link_libraries(sanitize_${noun} PRIVATE Threads::Threads)
  add_test(NAME sanitize/${noun} COMMAND sanitize_${noun})
  set_tests_properties(sanitize/${noun} PROPERTIES LABELS unit TIMEOUT 60
                       PASS_REGULAR_EXPRESSION ${finding}
                       FAIL_REGULAR_EXPRESSION "went on")
endfunction()

if(CE_SANITIZE MATCHES undefined)
  ce_must_stop(shift "shift exponent")
elseif(CE_SANITIZE MATCHES thread)
  ce_must_stop(race "data race")
endif()

# The thread sanitizer is told when a program runs, not when it is built.
get_property(all DIRECTORY PROPERTY TESTS)
set_property(TEST ${all} APPEND PROPERTY ENVIRONMENT
             TSAN_OPTIONS=halt_on_error=1 UBSAN_OPTIONS=print_stacktrace=1)
