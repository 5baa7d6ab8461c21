# `cmake --install` and a .deb by CPack. Manual page and completions are printed by the program itself, at build time.
set(generated ${CMAKE_BINARY_DIR}/generated)
file(MAKE_DIRECTORY ${generated})
add_custom_command(
  OUTPUT ${generated}/migrate.1.gz ${generated}/migrate.bash ${generated}/_migrate ${generated}/migrate.fish
  COMMAND migrate man | gzip -9n > ${generated}/migrate.1.gz
  COMMAND migrate completions bash > ${generated}/migrate.bash
  COMMAND migrate completions zsh > ${generated}/_migrate
  COMMAND migrate completions fish > ${generated}/migrate.fish
  DEPENDS migrate
  VERBATIM)
add_custom_target(generated_pages ALL DEPENDS ${generated}/migrate.1.gz)

install(TARGETS migrate RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES ${generated}/migrate.1.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${generated}/migrate.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME migrate)
install(FILES ${generated}/_migrate DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
install(FILES ${generated}/migrate.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
install(FILES README.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/docs)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME migrate)
set(CPACK_PACKAGE_CONTACT "migrate maintainers <maintainers@localhost>")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)  # needs `file` and dpkg-shlibdeps, of dpkg-dev
# What dpkg-shlibdeps cannot see, as it is loaded late.
foreach(library IN LISTS late_libraries)
  file(REAL_PATH ${library} library)
  execute_process(COMMAND dpkg-query -S ${library} OUTPUT_VARIABLE owner ERROR_QUIET)
  if(owner MATCHES "^([^:]+):")
    list(APPEND late_packages ${CMAKE_MATCH_1})
  endif()
endforeach()
list(JOIN late_packages ", " CPACK_DEBIAN_PACKAGE_DEPENDS)
set(CPACK_DEBIAN_PACKAGE_SECTION database)
set(CPACK_DEBIAN_PACKAGE_HOMEPAGE "")
set(CPACK_STRIP_FILES ON)
include(CPack)
