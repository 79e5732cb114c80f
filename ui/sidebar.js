// The menu on a narrow screen, where it lies over the page: closed at first, and closed again once a page is chosen.
// Streamlit closes it for telephones alone, by their name, and remembers one opened by hand for the next visit and for
// every width. Here a narrow screen remembers nothing, and a wide one only that the menu was closed.

window.dcganSidebar ??= (() => {
  const narrow = window.matchMedia("(max-width: 768px)"); // where Streamlit's own "auto" begins closed

  const forget = () => {
    for (const key of Object.keys(localStorage).filter((name) => name.startsWith("stSidebarCollapsed-")))
      if (narrow.matches || localStorage.getItem(key) === "false") localStorage.removeItem(key);
  };

  const close = () => {
    if (narrow.matches)
      document.querySelector("[data-testid='stSidebar'][data-collapsed='false'] [data-testid='stSidebarCollapseButton'] button")?.click();
    forget();
  };

  close();
  narrow.addEventListener("change", () => setTimeout(close));
  document.addEventListener("mousedown", () => setTimeout(forget));
  document.addEventListener("click", ({ target }) => {
    // After Streamlit's own answer to the click.
    setTimeout(target instanceof Element && target.closest("[data-testid='stSidebarNavLink']") ? close : forget);
  });
  return true;
})();
