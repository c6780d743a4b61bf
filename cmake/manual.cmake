# SPDX-License-Identifier: Apache-2.0
# What the program writes about itself: manual pages, completion, and the schema
# of configurations. The one that was just built is asked.
if(CMAKE_CROSSCOMPILING AND NOT CMAKE_CROSSCOMPILING_EMULATOR)
  message(STATUS "cross-compiling: no manual pages, completion and schema")
  return()
endif()

set(manual ${PROJECT_BINARY_DIR}/manual)
set(zsh zsh/site-functions)
set(suffix "")
set(compress "")
if(CE_PACKAGE)
  # As Debian has them; without a time, so that each build is the same.
  set(zsh zsh/vendor-completions)
  set(suffix .gz)
  set(compress | gzip -9n)
endif()
set(manual_files "")
set(manual_commands "")

# ce_install_text(FOLDER FILE COMMAND...): what the command of the program
# writes becomes a file below share/.
macro(ce_install_text folder name)
  list(APPEND manual_files ${manual}/${folder}/${name})
  list(APPEND manual_commands
       COMMAND ${CMAKE_COMMAND} -E make_directory ${manual}/${folder}
       COMMAND cebridge ${ARGN} > ${manual}/${folder}/${name})
  install(FILES ${manual}/${folder}/${name} COMPONENT cebridge
          DESTINATION ${CMAKE_INSTALL_DATADIR}/${folder})
endmacro()

set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
             bridge/commands/commands.c)
file(STRINGS bridge/commands/commands.c rows REGEX "&br_command_")
string(REGEX MATCHALL "br_command_[a-z]+" commands "${rows}")
list(TRANSFORM commands REPLACE "br_command_" "")
ce_install_text(man/man1 cebridge.1${suffix} help --man ${compress})
foreach(name ${commands})
  ce_install_text(man/man1 cebridge-${name}.1${suffix} help --man ${name} ${compress})
endforeach()
ce_install_text(man/man5 cebridge.yaml.5${suffix} help --man configuration ${compress})
ce_install_text(bash-completion/completions cebridge completion bash)
ce_install_text(${zsh} _cebridge completion zsh)
ce_install_text(fish/vendor_completions.d cebridge.fish completion fish)
ce_install_text(cebridge cebridge.schema.json schema)

add_custom_command(OUTPUT ${manual_files} ${manual_commands} DEPENDS cebridge
                   COMMENT "Writing manual pages, completion and the schema")
add_custom_target(manual ALL DEPENDS ${manual_files})
