# SPDX-License-Identifier: Apache-2.0
# The application API; its limit program stands alone.
add_executable(client_bench ${CMAKE_CURRENT_LIST_DIR}/client_bench.c)
target_link_libraries(client_bench PRIVATE cloudevents_static)
