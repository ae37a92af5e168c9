/**
 * What is measured within the page, put into it before its own code runs. It is as the browser takes it.
 */
(() => {
  const bench = {};
  globalThis.bench = bench;

  let longestTaskMs = 0;
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) longestTaskMs = Math.max(longestTaskMs, duration);
  }).observe({ type: 'longtask', buffered: true });

  /**
   * Searches for an engine as soon as the first is in the document, as a quick reader would. Resolves with when that was, and when the
   * one was there and nobody else, since the navigation began, ms.
   */
  bench.load = (engine) =>
    new Promise((resolve) => {
      let firstRowMs;
      const observer = new MutationObserver(() => {
        const rows = [...document.querySelectorAll('[data-engine]')];
        if (rows.length === 0) return;
        if (firstRowMs === undefined) {
          firstRowMs = performance.now();
          search(engine);
        } else if (rows.length === 1 && rows[0].dataset.engine === engine) {
          observer.disconnect();
          resolve({ firstRowMs, interactiveMs: performance.now(), longestTaskMs });
          search('');
        }
      });
      observer.observe(document, { childList: true, subtree: true });
    });

  function search(text) {
    const input = document.querySelector('input[type=search]');
    input.value = text;
    input.dispatchEvent(new InputEvent('input', { bubbles: true }));
  }

  /** Notes each state that whoever matches the selector comes to, and when. */
  bench.watch = (selector) => {
    const changes = [];
    const observer = new MutationObserver(() => {
      const state = document.querySelector(selector)?.dataset.state;
      if (state !== undefined && state !== changes.at(-1)?.state) changes.push({ at: Date.now(), state });
    });
    observer.observe(document, { childList: true, subtree: true, attributes: true, attributeFilter: ['data-state'] });
    bench.watched = () => {
      observer.disconnect();
      return changes;
    };
  };

  /** Scrolls from top to bottom, so many pixels a frame. Resolves with the length of each frame, ms. */
  bench.scroll = async (pixels) => {
    const frames = [];
    scrollTo(0, 0);
    let before = await frame();
    while (scrollY + innerHeight < document.documentElement.scrollHeight - 1) {
      scrollBy(0, pixels);
      const at = await frame();
      frames.push(at - before);
      before = at;
    }
    scrollTo(0, 0);
    return frames;
  };

  function frame() {
    return new Promise((resolve) => requestAnimationFrame(resolve));
  }
})();
