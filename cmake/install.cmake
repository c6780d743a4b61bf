# SPDX-License-Identifier: Apache-2.0
# What `cmake --install` gives: the shared and the static library, the headers,
# cloudevents.pc, and the CMake package "cloudevents" with the targets
# cloudevents::cloudevents (shared) and cloudevents::cloudevents_static.

# The libraries below our own parts, as names for the linker: what somebody
# who links statically has to add. Follows targets into their interfaces.
function(ce_collect_libraries out)
  set(pending ${ARGN})
  set(names "")
  set(seen "")
  while(pending)
    list(POP_FRONT pending item)
    string(REGEX REPLACE "^\\$<LINK_ONLY:(.*)>$" "\\1" item "${item}")
    if(item IN_LIST seen OR item STREQUAL "" OR item MATCHES "^(-L|::@)")
      continue()
    endif()
    list(APPEND seen "${item}")
    if(item STREQUAL "Threads::Threads")
      list(APPEND names pthread)
    elseif(item MATCHES "^PkgConfig::(.*)$")
      # The target belongs to the part's folder; its variables are cached.
      list(APPEND pending ${${CMAKE_MATCH_1}_LIBRARIES})
    elseif(TARGET ${item})
      get_target_property(below ${item} INTERFACE_LINK_LIBRARIES)
      if(below)
        list(APPEND pending ${below})
      endif()
    elseif(item MATCHES "lib([^/]+)\\.(so|a)$")
      list(APPEND names ${CMAKE_MATCH_1})
    else()
      string(REGEX REPLACE "^-l" "" item "${item}")
      list(APPEND names ${item})
    endif()
  endwhile()
  list(REMOVE_DUPLICATES names)
  set(${out} ${names} PARENT_SCOPE)
endfunction()

list(TRANSFORM CE_PARTS PREPEND ce_ OUTPUT_VARIABLE parts)
ce_collect_libraries(below ${parts})

# One archive with everything in it: the archives of the parts are how the
# build is organised, and nobody else's business.
add_library(cloudevents_archive STATIC ${top_sources})
foreach(part ${parts})
  target_sources(cloudevents_archive PRIVATE $<TARGET_OBJECTS:${part}>)
endforeach()
target_include_directories(cloudevents_archive
  PRIVATE ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR}
          ${CMAKE_CURRENT_SOURCE_DIR}/core/include
  INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_link_libraries(cloudevents_archive INTERFACE ${below})
set_target_properties(cloudevents_archive PROPERTIES
  OUTPUT_NAME cloudevents
  ARCHIVE_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/archive
  EXPORT_NAME cloudevents_static)
ce_keep_plain_objects(cloudevents_archive)

install(TARGETS cloudevents cloudevents_archive EXPORT cloudevents
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
        COMPONENT library NAMELINK_COMPONENT dev
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT dev)
install(DIRECTORY core/include/cloudevents COMPONENT dev
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/cloudevents)
install(EXPORT cloudevents NAMESPACE cloudevents:: DESTINATION ${package}
        FILE cloudevents-config.cmake COMPONENT dev)
write_basic_package_version_file(
  ${PROJECT_BINARY_DIR}/cloudevents-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/cloudevents-config-version.cmake
        DESTINATION ${package} COMPONENT dev)

set(PC_PRIVATE ${below})
list(TRANSFORM PC_PRIVATE PREPEND "-l")
list(JOIN PC_PRIVATE " " PC_PRIVATE)
# Relative, so that `cmake --install --prefix` may choose another place.
file(RELATIVE_PATH PC_PREFIX /p/${CMAKE_INSTALL_LIBDIR}/pkgconfig /p)
configure_file(${CMAKE_CURRENT_LIST_DIR}/cloudevents.pc.in
               ${PROJECT_BINARY_DIR}/cloudevents.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/cloudevents.pc
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT dev)

# What the program is linked with, as the loader finds it here: that of another
# machine is not here.
if(TARGET cebridge AND NOT CMAKE_CROSSCOMPILING)
  install(CODE "execute_process(
    COMMAND \"${PROJECT_SOURCE_DIR}/script/sbom\" \"$<TARGET_FILE:cebridge>\" ${PROJECT_VERSION}
    OUTPUT_FILE \"${PROJECT_BINARY_DIR}/cebridge.spdx.json\" COMMAND_ERROR_IS_FATAL ANY)"
    COMPONENT cebridge)
  install(FILES ${PROJECT_BINARY_DIR}/cebridge.spdx.json COMPONENT cebridge
          DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/cebridge)
endif()

option(CE_PACKAGE "install the service too, and make Debian packages" OFF)
if(CE_PACKAGE)
  include(cmake/package.cmake)
endif()
