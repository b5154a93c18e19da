# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Flags of all our targets. Never the instruction set of the build machine: a build
# folder may move to another processor.

option(SPARSEATTN_ENABLE_ASSERTIONS "Keep assert() in our code in every build type" ON)
option(SPARSEATTN_ENABLE_WERROR "Stop at the first warning" OFF)
set(SPARSEATTN_USE_SANITIZER "" CACHE STRING "for example Address,Undefined")

if(SPARSEATTN_ENABLE_ASSERTIONS)
  foreach(flags CMAKE_C_FLAGS_RELEASE CMAKE_CXX_FLAGS_RELEASE)
    string(REGEX REPLACE "(^| )-DNDEBUG" "" ${flags} "${${flags}}")
  endforeach()
endif()
foreach(flags CMAKE_C_FLAGS_RELEASE CMAKE_CXX_FLAGS_RELEASE)
  string(REPLACE "-O3" "-O2" ${flags} "${${flags}}")
endforeach()

separate_arguments(llvm_definitions NATIVE_COMMAND ${LLVM_DEFINITIONS})
add_definitions(${llvm_definitions})

# LLVM is built without exceptions. -fPIC everywhere, so that all targets can share one
# precompiled header.
add_compile_options(
  -fPIC
  -funwind-tables
  # Assertions name files as the repository does, on any machine.
  -ffile-prefix-map=${PROJECT_BINARY_DIR}/=
  -ffile-prefix-map=${PROJECT_SOURCE_DIR}/=
  $<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions>
  $<$<COMPILE_LANGUAGE:CXX>:-fvisibility-inlines-hidden>
  -Wall -Wextra -Wno-unused-parameter)
if(NOT LLVM_ENABLE_RTTI)
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fno-rtti>)
endif()
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  add_compile_options(-Wcovered-switch-default -Wno-gnu-anonymous-struct -fcolor-diagnostics)
else()
  # False alarms of GCC 12 in LLVM's own headers.
  add_compile_options(-Wno-maybe-uninitialized -Wno-dangling-pointer
    $<$<COMPILE_LANGUAGE:CXX>:-Wno-redundant-move>
    $<$<COMPILE_LANGUAGE:CXX>:-Wno-class-memaccess>
    -Wno-array-bounds -Wno-stringop-overflow)
endif()
if(SPARSEATTN_ENABLE_WERROR)
  add_compile_options(-Werror)
endif()

# Generated IR of a trapped error is more useful with the frames above it.
if(SPARSEATTN_USE_SANITIZER)
  string(TOLOWER "${SPARSEATTN_USE_SANITIZER}" sanitizers)
  string(REPLACE ";" "," sanitizers "${sanitizers}")
  set(sanitizer_flags -fsanitize=${sanitizers} -fno-omit-frame-pointer)
  if(sanitizers MATCHES "undefined")
    list(APPEND sanitizer_flags -fno-sanitize=vptr,function -fno-sanitize-recover=all)
  endif()
  add_compile_options(${sanitizer_flags})
  add_link_options(${sanitizer_flags})
  # For what the tests compile themselves.
  list(JOIN sanitizer_flags " " SPARSEATTN_SANITIZER_FLAGS)
endif()

# lld links in a fraction of a second; clang finds the one of its own version.
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  include(CheckLinkerFlag)
  check_linker_flag(CXX -fuse-ld=lld SPARSEATTN_HAVE_LLD)
  if(SPARSEATTN_HAVE_LLD)
    add_link_options(-fuse-ld=lld)
  endif()
endif()
