// Seeking in a recording by keyboard, in every browser the same.
"use strict";
(() => {
  const steps = { ArrowLeft: -5, ArrowRight: 5, PageUp: -30, PageDown: 30 };

  // Before the browser's own controls, of which some seek as well.
  document.addEventListener("keydown", (e) => {
    const audio = e.target.closest?.("audio");
    if (!audio || e.ctrlKey || e.altKey || e.metaKey || !Number.isFinite(audio.duration)) return;
    let to;
    if (e.key in steps) to = audio.currentTime + steps[e.key];
    else if (e.key === "Home") to = 0;
    else if (e.key === "End") to = audio.duration;
    else return;
    e.preventDefault();
    e.stopImmediatePropagation();
    audio.currentTime = Math.min(Math.max(to, 0), audio.duration);
  }, true);

  // One recording at a time.
  document.addEventListener("play", (e) => {
    for (const other of document.querySelectorAll("audio")) if (other !== e.target) other.pause();
  }, true);
})();
