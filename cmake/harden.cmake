# SPDX-License-Identifier: Apache-2.0
# What Debian hardens its programs with (https://wiki.debian.org/Hardening), in
# optimised builds; and builds that are the same wherever and whenever they are
# made. tests/install/hardened and tests/install/same look whether it is so.
option(CE_HARDEN "harden optimised builds as Debian does" ON)

include(CheckPIESupported)
check_pie_supported()
add_compile_options(-ffile-prefix-map=${PROJECT_SOURCE_DIR}=.
                    -Werror=date-time)

# Sanitizers have checks of their own in the place of these.
if(CE_HARDEN AND NOT CE_SANITIZE)
  set(harden -fstack-protector-strong -fstack-clash-protection -Wformat
             -Werror=format-security -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|amd64|AMD64)$")
    list(APPEND harden -fcf-protection)
  elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
    list(APPEND harden -mbranch-protection=standard)
  endif()
  add_compile_options("$<${CE_OPTIMISED}:${harden}>")
  add_link_options("$<${CE_OPTIMISED}:-Wl,-z,relro,-z,now>")
endif()
