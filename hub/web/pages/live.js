// Keeps the regions of an open page up to date: the hub names what has changed, and the page is
// read again. Without this script the pages work the same, and show changes when they are loaded.
"use strict";
(() => {
  const status = document.getElementById("live");
  const regions = () => document.querySelectorAll("[data-live]");
  const pause = 1000; // between two reads, in ms
  const patience = 30000; // between attempts without the hub
  let source, timer, reading = false, wanted = new Set(), last = 0;

  const subjects = (region) => region.dataset.live.split(" ");

  // A person types, chooses or has opened something in the region.
  const busy = (region) => {
    const active = document.activeElement;
    if (active && region.contains(active) && active.matches("input, textarea, select")) return true;
    if (region.querySelector("details[open]:not([data-calm])")) return true;
    const selection = document.getSelection();
    return selection && !selection.isCollapsed && region.contains(selection.anchorNode);
  };

  const replace = (fresh, changed) => {
    for (const region of regions()) {
      if (!subjects(region).some((s) => changed.has(s))) continue;
      const next = fresh.getElementById(region.id);
      if (!next || busy(region) || next.innerHTML === region.innerHTML) continue;
      const held = region.contains(document.activeElement) && document.activeElement.id;
      region.replaceChildren(...next.childNodes);
      if (held) document.getElementById(held)?.focus({ preventScroll: true });
    }
  };

  const read = async () => {
    timer = undefined;
    if (reading || !wanted.size) return;
    reading = true;
    last = Date.now();
    const asked = wanted; // what changes from now on needs another read
    wanted = new Set();
    let done = false;
    try {
      const answer = await fetch(location.href, { headers: { "X-Traybell-Live": "1" }, cache: "no-store" });
      if (answer.status === 401) return location.reload();
      if (answer.ok) {
        replace(new DOMParser().parseFromString(await answer.text(), "text/html"), asked);
        done = true;
      }
    } catch { /* the stream says that the hub is away */ }
    reading = false;
    if (done) plan([]);
    else for (const subject of asked) wanted.add(subject);
  };

  const plan = (list) => {
    for (const subject of list) wanted.add(subject);
    const shown = [...regions()].flatMap(subjects);
    wanted = new Set([...wanted].filter((s) => shown.includes(s)));
    if (wanted.size && timer === undefined) timer = setTimeout(read, Math.max(0, last + pause - Date.now()));
  };

  const all = () => plan([...regions()].flatMap(subjects));

  const lost = (is) => { status.textContent = is ? status.dataset.lost : ""; };

  const open = () => {
    if (source || document.hidden) return;
    source = new EventSource("/live");
    source.addEventListener("open", () => { lost(false); all(); });
    source.addEventListener("changed", (e) => plan(e.data.split(" ")));
    source.addEventListener("error", () => {
      lost(true);
      if (source?.readyState !== EventSource.CLOSED) return; // it tries again by itself
      close();
      all(); // learns whether the session has ended
      setTimeout(open, patience);
    });
  };

  const close = () => {
    source?.close();
    source = undefined;
  };

  // How long something has lasted goes on. The clock of the computer may be wrong: only its steps count.
  const from = new WeakMap();
  const span = (s) => {
    const two = (n) => String(n).padStart(2, "0");
    const minutes = Math.floor(s / 60);
    return (s < 3600 ? minutes : `${Math.floor(s / 3600)}:${two(minutes % 60)}`) + ":" + two(s % 60);
  };
  setInterval(() => {
    for (const time of document.querySelectorAll("[data-seconds]")) {
      if (!from.has(time)) from.set(time, Date.now());
      time.textContent = span(Number(time.dataset.seconds) + Math.round((Date.now() - from.get(time)) / 1000));
    }
  }, 1000);

  // Browsers open few connections to one host: pages in the background give theirs back.
  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  addEventListener("pagehide", close);
  addEventListener("pageshow", open);
  if (regions().length) open();

  // The hub's answer to a form is shown once: loading the page again does not repeat it.
  const here = new URL(location.href);
  if (here.searchParams.has("done")) {
    here.searchParams.delete("done");
    history.replaceState(null, "", here);
  }
})();
