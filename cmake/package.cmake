# SPDX-License-Identifier: Apache-2.0
# Debian packages, by "cpack" in a build folder of the preset "deb": libcloudevents0,
# libcloudevents-dev, and cebridge with its service. script/package does it all.
set(doc ${CMAKE_INSTALL_DATADIR}/doc/cebridge)
install(FILES packaging/cebridge.service DESTINATION lib/systemd/system
        COMPONENT cebridge)
install(FILES README.md CHANGELOG.md DESTINATION ${doc} COMPONENT cebridge)
install(DIRECTORY docs/examples/ DESTINATION ${doc}/examples
        COMPONENT cebridge FILES_MATCHING PATTERN "*.yaml"
        PATTERN compose EXCLUDE)
# CPack strips and lays out below the prefix; only the absolute path reaches /etc.
install(FILES packaging/bridge.yaml DESTINATION /etc/cebridge
        COMPONENT cebridge)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME cloudevents)
set(CPACK_PACKAGE_VENDOR cloudevents)
set(CPACK_PACKAGE_CONTACT "The cloudevents authors <cloudevents@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL library dev cebridge)
set(CPACK_COMPONENTS_GROUPING ONE_PER_GROUP)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

set(CPACK_DEBIAN_LIBRARY_PACKAGE_NAME libcloudevents${PROJECT_VERSION_MAJOR})
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SECTION libs)
set(CPACK_COMPONENT_LIBRARY_DESCRIPTION
  "CloudEvents for C: the shared library\n A library for CloudEvents 1.0 over HTTP, Kafka, MQTT and files.")

set(CPACK_DEBIAN_DEV_PACKAGE_NAME libcloudevents-dev)
set(CPACK_DEBIAN_DEV_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEV_PACKAGE_DEPENDS
  "libcloudevents${PROJECT_VERSION_MAJOR} (= ${PROJECT_VERSION})")
set(CPACK_COMPONENT_DEV_DESCRIPTION
  "CloudEvents for C: headers and the static library\n What programs are compiled with that use libcloudevents.")

set(CPACK_DEBIAN_CEBRIDGE_PACKAGE_NAME cebridge)
set(CPACK_DEBIAN_CEBRIDGE_PACKAGE_SECTION net)
set(CPACK_DEBIAN_CEBRIDGE_PACKAGE_CONTROL_EXTRA
  ${PROJECT_SOURCE_DIR}/packaging/conffiles;${PROJECT_SOURCE_DIR}/packaging/postinst;${PROJECT_SOURCE_DIR}/packaging/prerm;${PROJECT_SOURCE_DIR}/packaging/postrm)
set(CPACK_COMPONENT_CEBRIDGE_DESCRIPTION
  "relays CloudEvents between HTTP, Kafka, MQTT and files\n Loses neither events nor attributes. Runs as a service of systemd.")
# dpkg-shlibdeps looks at symbols only, and packed pointers are none.
if(CE_PACKS_POINTERS)
  set(CPACK_DEBIAN_LIBRARY_PACKAGE_DEPENDS "libc6 (>= 2.36)")
  set(CPACK_DEBIAN_CEBRIDGE_PACKAGE_DEPENDS "libc6 (>= 2.36)")
endif()
include(CPack)
