# SPDX-License-Identifier: Apache-2.0
add_executable(inbox_bench ${CMAKE_CURRENT_LIST_DIR}/inbox_bench.c)
target_link_libraries(inbox_bench PRIVATE cloudevents_static)
target_include_directories(inbox_bench PRIVATE ${CMAKE_SOURCE_DIR})
