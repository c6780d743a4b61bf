# SPDX-License-Identifier: Apache-2.0
# Built when -DCE_BENCH=ON asks for it; simdjson and C++ only if they are there.
add_executable(json_bench ${CMAKE_CURRENT_LIST_DIR}/json_bench.c)
target_link_libraries(json_bench PRIVATE ce_core)
include(CheckLanguage)
check_language(CXX)
find_library(SIMDJSON_LIBRARY simdjson)
if(CMAKE_CXX_COMPILER AND SIMDJSON_LIBRARY)
  enable_language(CXX)
  target_sources(json_bench PRIVATE ${CMAKE_CURRENT_LIST_DIR}/json_bench_simdjson.cc)
  set_source_files_properties(${CMAKE_CURRENT_LIST_DIR}/json_bench_simdjson.cc
    PROPERTIES COMPILE_OPTIONS "-std=c++17;-w")
  target_compile_definitions(json_bench PRIVATE CE_BENCH_SIMDJSON)
  target_link_libraries(json_bench PRIVATE ${SIMDJSON_LIBRARY})
endif()
