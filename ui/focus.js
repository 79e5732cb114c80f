// The keyboard's place outlives what was pressed. Where a script run draws the focused control anew, the focus goes back
// to it; where it waits, disabled, to its own frame; where it is gone, as Pause, which becomes Resume, or a deleted
// run's line, to what now stands there instead of to the top of the page.

window.dcganFocus ??= (() => {
  const CONTROLS = "a[href], button, input, select, textarea, summary, [tabindex='0']";
  let last = null; // the control, and from it outwards: each named part of the page, and its place among the controls there
  let held = null; // the frame that has the focus for a control that waits
  let waiting = 0;

  const isFresh = (part) => part.isConnected && !part.closest("[data-stale='true']");
  const isLost = () => document.activeElement === document.body || document.activeElement === held;
  const goesOn = () => /^running$|Requested$/.test(document.querySelector(".stApp")?.dataset.testScriptState);

  const listControls = (part) =>
    [...part.querySelectorAll(CONTROLS)].filter((control) => control.tabIndex >= 0 && control.offsetParent !== null);

  const note = (control) => {
    const places = [];
    let inner = control;
    for (let part = control.parentElement; part; part = part.parentElement) {
      const name = /\b(st-key-\S+|stMain)(?=\s|$)/.exec(part.className)?.[1];
      if (!name) continue;
      const controls = listControls(part);
      const place = Math.max(0, controls.findIndex((known) => known === inner || inner.contains(known)));
      places.push({ part, name, place, isFrame: part.classList.contains("stElementContainer") });
      inner = part;
    }
    last = { control, places };
  };

  // A part by its name: it may have been drawn anew, and its old frame hold another.
  const findPart = ({ part, name }) =>
    part.classList.contains(name) && isFresh(part) ? part : [...document.getElementsByClassName(name)].find(isFresh);

  const findSame = () => {
    if (isFresh(last.control)) return last.control;
    const [frame] = last.places;
    const part = frame?.isFrame ? findPart(frame) : null;
    return part ? listControls(part)[frame.place] : null;
  };

  const findNext = () => {
    const isEnabled = (control) => !control.disabled;
    for (const known of last.places) {
      const part = findPart(known);
      const controls = part ? listControls(part) : [];
      const next = controls.slice(known.place).find(isEnabled) ?? controls.findLast(isEnabled);
      if (next) return next;
    }
    return null;
  };

  const hold = (frame) => {
    if (!frame || frame === document.activeElement) return;
    held = frame;
    frame.tabIndex = -1;
    frame.addEventListener("blur", () => frame.removeAttribute("tabindex"), { once: true });
    frame.focus({ preventScroll: true });
  };

  const restore = () => {
    if (!last || !isLost()) return;
    const same = findSame();
    if (same?.disabled) hold(same.closest(".stElementContainer"));
    else if (same) same.focus({ preventScroll: true });
    else if (goesOn()) look(); // it may come back before the run's end
    else findNext()?.focus({ preventScroll: true });
  };

  const look = () => {
    waiting ||= setTimeout(() => {
      waiting = 0;
      restore();
    }, 50);
  };

  document.addEventListener("focusin", ({ target }) => {
    if (target === held) return;
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
  new MutationObserver(() => last && look()).observe(document.body, {
    subtree: true, childList: true, attributes: true, attributeFilter: ["disabled", "data-stale"],
  });
  return true;
})();
