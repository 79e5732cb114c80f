// What other pages need of Streamlit's code, fetched while the first page is looked at. `names` are files beside the
// script that the page itself was started with; one that cannot be had is fetched when it is needed, as without this.

window.dcganAhead ??= (names) => {
  const started = document.querySelector("script[type='module'][src*='static/js/']");
  if (!started) return;
  setTimeout(async () => {
    for (const name of names) await import(new URL(name, started.src)).catch(() => {});
  }, 1000);
  window.dcganAhead = () => {};
};
