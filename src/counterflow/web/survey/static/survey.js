// Sends answers without loading pages anew, keeps them on this device until they have arrived,
// and tells how long a page was looked at. Every page works without this script.
(() => {
  "use strict";

  const PREFIX = "counterflow:";
  const FIRST_WAIT_MS = 1000;
  const LONGEST_WAIT_MS = 60000;
  const PATIENCE_MS = 20000;

  const main = document.getElementById("main");
  const state = document.getElementById("state");
  const tell = (key) => {
    const text = key ? state.dataset[key] : "";
    if (state.textContent !== text) state.textContent = text;
  };

  // ---- What waits, in the browser's storage: one answer for each address of a page ----

  const memory = new Map();
  const kept = {
    put(item) {
      memory.set(item.url, item);
      try { localStorage.setItem(PREFIX + item.url, JSON.stringify(item)); } catch { /* private mode, or full */ }
    },
    drop(url) {
      memory.delete(url);
      try { localStorage.removeItem(PREFIX + url); } catch { /* as above */ }
    },
    all() {
      const found = new Map(memory);
      try {
        for (const name of Object.keys(localStorage)) {
          if (name.startsWith(PREFIX)) {
            const item = JSON.parse(localStorage.getItem(name));
            found.set(item.url, item);
          }
        }
      } catch { /* as above */ }
      return [...found.values()].sort((a, b) => a.at - b.at);
    },
  };

  // ---- How long the page was looked at ----

  let seen = 0;
  let since = null;
  const look = () => {
    const now = performance.now();
    if (since !== null) seen += now - since;
    since = document.visibilityState === "visible" ? now : null;
  };
  document.addEventListener("visibilitychange", look);

  // ---- Sending: the same key again and again until the service has said what became of it ----

  let wake = null;
  const rest = (ms) => new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    wake = () => { clearTimeout(timer); resolve(); };
  });
  addEventListener("online", () => wake && wake());

  const pause = (tries, stated) => {
    const growing = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** tries);
    return Math.max(stated || 0, growing) * (0.5 + Math.random());
  };

  const post = async (item) => {
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), PATIENCE_MS);
    try {
      const answer = await fetch(item.url, {
        method: "POST",
        body: new URLSearchParams(item.body),
        headers: { Accept: "application/json" },
        credentials: "same-origin",
        signal: patience.signal,
      });
      const told = await answer.json().catch(() => null);
      return { code: answer.status, told, wait: 1000 * Number(answer.headers.get("Retry-After")) };
    } finally {
      clearTimeout(timer);
    }
  };

  const passes = (code) => code === 429 || code === 408 || code >= 500;

  const send = async (item, say) => {
    for (let tries = 0; ; tries += 1) {
      let stated = 0;
      try {
        const { code, told, wait } = await post(item);
        if (told && !passes(code)) {
          kept.drop(item.url);
          return { ...told, code };
        }
        stated = wait;
        say("busy");
      } catch {
        say("offline");
      }
      await rest(pause(tries, stated));
    }
  };

  // Another tab of this browser may have kept an answer too; only one of them sends it.
  const alone = (item, say) => navigator.locks
    ? navigator.locks.request(PREFIX + item.url, () => send(item, say))
    : send(item, say);

  // ---- The page ----

  const show = (answer) => {
    if (!answer.page) {
      location.assign(answer.next || location.href);
      return;
    }
    document.querySelector(".languages")?.remove();
    main.innerHTML = answer.page;
    document.title = answer.title;
    if (answer.next !== location.pathname) history.pushState(null, "", answer.next);
    scrollTo(0, 0);
    open();
    const first = document.getElementById("problems") || main.querySelector("h1");
    if (first) first.focus({ preventScroll: true });
  };

  const hand = async (item) => {
    const button = main.querySelector("form[data-page] button, form[data-begin] button");
    if (button) button.setAttribute("aria-disabled", "true");
    main.setAttribute("aria-busy", "true");
    tell("sending");
    const answer = await alone(item, tell);
    tell(answer.page ? "" : "refused");
    main.removeAttribute("aria-busy");
    show(answer);
  };

  let busy = false;
  const submitted = (event) => {
    event.preventDefault();
    if (busy) return;
    busy = true;
    look();
    const form = event.target;
    form.elements.seconds.value = (seen / 1000).toFixed(2);
    const item = {
      url: new URL(form.action).pathname,
      body: [...new FormData(form)].map(([name, value]) => [name, String(value)]),
      at: Date.now(),
    };
    kept.put(item);
    hand(item).finally(() => { busy = false; });
  };

  const offerCopy = () => {
    const link = document.getElementById("resume");
    if (!link || !navigator.clipboard) return;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = state.dataset.copy;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(link.href);
      button.textContent = state.dataset.copied;
    });
    link.parentElement.append(document.createElement("br"), button);
  };

  const open = () => {
    seen = 0;
    since = null;
    look();
    const form = main.querySelector("form[data-page], form[data-begin]");
    if (form) form.addEventListener("submit", submitted);
    offerCopy();
    const leave = main.querySelector("a[data-leave]");
    if (leave) setTimeout(() => location.assign(leave.href), 4000);
  };

  // What was kept when the page was closed or loaded again goes out first.
  const resume = () => {
    const form = main.querySelector("form[data-page], form[data-begin]");
    const here = form && new URL(form.action).pathname;
    for (const item of kept.all()) {
      if (item.url === here) {
        busy = true;
        tell("kept");
        hand(item).finally(() => { busy = false; });
      } else {
        alone(item, () => {});
      }
    }
  };

  addEventListener("popstate", () => location.reload());
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  open();
  resume();
})();
