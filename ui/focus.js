// The keyboard's place outlives what was pressed: where a script run takes the focused control away, as Pause, which
// becomes Resume, or a deleted run's line, the focus goes to what now stands there instead of to the top of the page.

window.dcganFocus ??= (() => {
  const CONTROLS = "a[href], button, input, select, textarea, summary, [tabindex='0']";
  let last = null; // the control, and from it outwards: each named part of the page, and its place among the controls there

  const listControls = (part) =>
    [...part.querySelectorAll(CONTROLS)].filter((control) => control.tabIndex >= 0 && control.offsetParent !== null);

  const note = (control) => {
    const places = [];
    let inner = control;
    for (let part = control.parentElement; part; part = part.parentElement) {
      if (!/\bst-key-/.test(part.className) && part.dataset.testid !== "stMain") continue;
      const controls = listControls(part);
      places.push({ part, place: Math.max(0, controls.findIndex((known) => known === inner || inner.contains(known))) });
      inner = part;
    }
    last = { control, places };
  };

  const restore = () => {
    if (!last || document.activeElement !== document.body) return;
    if (last.control.isConnected && !last.control.closest("[data-stale='true']")) {
      if (!last.control.disabled) last.control.focus({ preventScroll: true }); // it was only waiting
      return;
    }
    const kept = last.places.find(({ part }) => part.isConnected && listControls(part).some((known) => !known.disabled));
    if (!kept) return;
    const controls = listControls(kept.part);
    const next = controls.slice(kept.place).find((known) => !known.disabled) ?? controls.findLast((known) => !known.disabled);
    next?.focus({ preventScroll: true });
  };

  document.addEventListener("focusin", ({ target }) => {
    if (target.matches(":focus-visible")) note(target);
    else last = null;
  });
  document.addEventListener("pointerdown", () => (last = null), true);
  document.addEventListener("keydown", ({ key }) => {
    if (key !== "Tab" || document.activeElement === document.body) return;
    setTimeout(() => {
      if (document.activeElement === document.body) last = null; // whoever tabs out of the page is not called back
    });
  }, true);
  let waiting = 0;
  new MutationObserver(() => {
    if (!last || waiting || document.activeElement !== document.body) return;
    waiting = setTimeout(() => {
      waiting = 0;
      restore();
    }, 50);
  }).observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: ["disabled", "data-stale"] });
  return true;
})();
