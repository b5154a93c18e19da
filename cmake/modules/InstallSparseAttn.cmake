# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Headers (also the generated ones), .td files, libraries, tools and the CMake package.
include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/SparseAttn")

install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/SparseAttn"
  DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
  FILES_MATCHING PATTERN "*.h" PATTERN "*.td"
  PATTERN "GpuEmulator" EXCLUDE)
install(DIRECTORY "${PROJECT_BINARY_DIR}/include/SparseAttn"
  DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
  FILES_MATCHING PATTERN "*.inc" PATTERN "CMakeFiles" EXCLUDE)

get_property(exports GLOBAL PROPERTY SPARSEATTN_EXPORTS)
install(TARGETS ${exports} EXPORT SparseAttnTargets
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
  LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}"
  RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
install(EXPORT SparseAttnTargets
  NAMESPACE SparseAttn::
  DESTINATION "${package_dir}")

configure_package_config_file(
  "${PROJECT_SOURCE_DIR}/cmake/modules/SparseAttnConfig.cmake.in"
  "${PROJECT_BINARY_DIR}/cmake/SparseAttnConfig.cmake"
  INSTALL_DESTINATION "${package_dir}")
write_basic_package_version_file(
  "${PROJECT_BINARY_DIR}/cmake/SparseAttnConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES
  "${PROJECT_BINARY_DIR}/cmake/SparseAttnConfig.cmake"
  "${PROJECT_BINARY_DIR}/cmake/SparseAttnConfigVersion.cmake"
  DESTINATION "${package_dir}")
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}")
