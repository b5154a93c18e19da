# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# How this project declares its libraries, tools and tests.

# sattn_add_library(Name [NOT_EXPORTED] sources... [DEPENDS targets...] [LINK_LIBS PUBLIC libs...])
#
# A static library of ours, exported as SparseAttn::Name unless only programs here use it.
function(sattn_add_library name)
  cmake_parse_arguments(ARG "NOT_EXPORTED" "" "DEPENDS;LINK_LIBS" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  add_library(SparseAttn::${name} ALIAS ${name})
  target_include_directories(${name} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
    $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/include>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_link_libraries(${name} ${ARG_LINK_LIBS})
  target_link_libraries(${name} PUBLIC MLIR LLVM)
  add_dependencies(${name} sattn-headers ${ARG_DEPENDS})
  sattn_use_precompiled_header(${name})
  if(NOT ARG_NOT_EXPORTED)
    set_property(GLOBAL APPEND PROPERTY SPARSEATTN_EXPORTS ${name})
  endif()
endfunction()

# Gives the program `target` our defaults of AddressSanitizer, in a build that uses it.
function(sattn_use_sanitizer_defaults target)
  if(SPARSEATTN_USE_SANITIZER MATCHES "[Aa]ddress")
    target_sources(${target} PRIVATE "${PROJECT_SOURCE_DIR}/cmake/SanitizerDefaults.cpp")
  endif()
endfunction()

# sattn_add_tool(name sources... [LINK_LIBS libs...])
#
# An installed program in build/bin.
function(sattn_add_tool name)
  cmake_parse_arguments(ARG "" "" "LINK_LIBS" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  add_executable(SparseAttn::${name} ALIAS ${name})
  target_link_libraries(${name} PRIVATE ${ARG_LINK_LIBS} MLIR LLVM)
  add_dependencies(${name} sattn-headers)
  sattn_use_precompiled_header(${name})
  sattn_use_sanitizer_defaults(${name})
  set_target_properties(${name} PROPERTIES
    INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR};${LLVM_LIBRARY_DIRS}")
  set_property(GLOBAL APPEND PROPERTY SPARSEATTN_EXPORTS ${name})
  set_property(GLOBAL APPEND PROPERTY SPARSEATTN_TOOLS ${name})
endfunction()

# sattn_add_unittest(Name sources... [LINK_LIBS libs...])
#
# A GoogleTest program in build/unittests; `make check` runs every one.
function(sattn_add_unittest name)
  cmake_parse_arguments(ARG "" "" "LINK_LIBS" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE
    ${ARG_LINK_LIBS} MLIR LLVM GTest::gtest GTest::gtest_main)
  add_dependencies(${name} sattn-headers)
  sattn_use_precompiled_header(${name})
  sattn_use_sanitizer_defaults(${name})
  set_target_properties(${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/unittests")
  set_property(GLOBAL APPEND PROPERTY SPARSEATTN_UNITTESTS ${name})
endfunction()

# sattn_add_doc(File.td Page.md -gen-...-doc)
#
# A reference page in build/docs, made by TableGen from `File.td`.
function(sattn_add_doc td page)
  set(output "${PROJECT_BINARY_DIR}/docs/${page}")
  add_custom_command(OUTPUT "${output}"
    COMMAND ${CMAKE_COMMAND} -E make_directory "${PROJECT_BINARY_DIR}/docs"
    COMMAND ${MLIR_TABLEGEN_EXE} ${ARGN}
      -I "${PROJECT_SOURCE_DIR}/include" -I "${MLIR_INCLUDE_DIRS}"
      "${CMAKE_CURRENT_SOURCE_DIR}/${td}" -o "${output}"
    DEPENDS sattn-headers "${CMAKE_CURRENT_SOURCE_DIR}/${td}"
    COMMENT "Writing docs/${page}")
  string(MAKE_C_IDENTIFIER "sattn-doc-${page}" target)
  add_custom_target(${target} DEPENDS "${output}")
  add_dependencies(sattn-docs ${target})
endfunction()
