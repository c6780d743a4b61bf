# SPDX-License-Identifier: Apache-2.0
# The program and the shared library are optimised as a whole, over the borders
# of files: up to a fifth fewer instructions for reading and writing an event.
# Objects hold code for both kinds of link, and everything else (tests, who links
# the static library) uses the usual one. As a part of another project this
# leaves it to that one. clang has no such objects before 17.
option(CE_LTO "optimise the program and the shared library as a whole (gcc)"
       ${PROJECT_IS_TOP_LEVEL})

set(CE_WHOLE OFF)
if(CE_LTO AND CMAKE_C_COMPILER_ID STREQUAL "GNU" AND NOT CE_SANITIZE)
  set(CE_WHOLE ON)
  add_compile_options("$<${CE_OPTIMISED}:-flto=auto;-ffat-lto-objects>")
endif()

# From here on, and in folders below.
macro(ce_optimise_files_alone)
  if(CE_WHOLE)
    add_compile_options(-fno-lto)
    add_link_options(-fno-lto)
  endif()
endmacro()

# In one piece, which needs no make to be linked. Beside -fno-lto, which a folder
# may have for all it links, gcc ignores -flto.
function(ce_optimise_as_a_whole target)
  if(CE_WHOLE)
    get_property(options TARGET ${target} PROPERTY LINK_OPTIONS)
    list(REMOVE_ITEM options -fno-lto)
    list(APPEND options "$<${CE_OPTIMISED}:-flto=auto;-flto-partition=one>")
    set_property(TARGET ${target} PROPERTY LINK_OPTIONS ${options})
  endif()
endfunction()

# Only the compiler that wrote them can read the parts that are for it.
function(ce_keep_plain_objects archive)
  if(CE_WHOLE)
    add_custom_command(TARGET ${archive} POST_BUILD COMMAND ${CMAKE_OBJCOPY}
      --wildcard --remove-section=.gnu.lto_* --remove-section=.gnu.debuglto_*
      --strip-symbol=__gnu_lto_* $<TARGET_FILE:${archive}>)
  endif()
endfunction()

# Pointers to what is ours need an entry each where a program has no fixed place.
# Packed they are a twentieth of it: 43 KB less. The C library reads them from 2.36.
include(CheckCSourceCompiles)
set(pack_pointers -Wl,-z,pack-relative-relocs)
set(CMAKE_REQUIRED_LINK_OPTIONS ${pack_pointers})
check_c_source_compiles("
  #include <features.h>
  #if !__GLIBC_PREREQ(2, 36)
  #error
  #endif
  int main(void) { return 0; }" CE_PACKS_POINTERS)
unset(CMAKE_REQUIRED_LINK_OPTIONS)
if(CE_PACKS_POINTERS)
  add_link_options("$<${CE_OPTIMISED}:${pack_pointers}>")
endif()
