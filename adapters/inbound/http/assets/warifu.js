// Comfort only: every page works without it.
"use strict";
(() => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  const byId = (id) => document.getElementById(id);
  const holdsSecret = document.body.classList.contains("has-secret");

  // A page out of the Back button's memory: nothing secret comes back.
  addEventListener("pageshow", (event) => {
    all("form[data-sent]").forEach((form) => delete form.dataset.sent);
    if (!event.persisted) return;
    if (!holdsSecret) return location.reload();
    all("main").forEach((main) => main.remove());
    location.replace(document.querySelector("dialog")?.dataset.ended ?? "/");
  });

  (byId("error-summary") ?? document.querySelector("[data-focus]"))?.focus();

  all("[data-without-script]").forEach((note) => { note.hidden = true; });

  // A second click while the first is under way does nothing.
  all("form[data-once]").forEach((form) => form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  }));

  // Passwords can be looked at.
  all("[data-reveal]").forEach((button) => {
    const input = byId(button.dataset.reveal);
    const show = (shown) => {
      input.type = shown ? "text" : "password";
      button.textContent = shown ? button.dataset.hide : button.dataset.show;
      button.setAttribute("aria-label", shown ? button.dataset.hideLabel : button.dataset.showLabel);
    };
    button.hidden = false;
    button.addEventListener("click", () => show(input.type === "password"));
    input.form.addEventListener("submit", () => show(false));
  });

  // The secret: copy it, hide it, and hide it by itself after a minute.
  all("[data-tools]").forEach((tools) => { tools.hidden = false; });
  const say = (id, text) => { byId(`${id}-status`).textContent = text; };
  all("[data-copy]").forEach((button) => {
    const { copy, done, failed } = button.dataset;
    if (!navigator.clipboard) { button.hidden = true; return; }
    button.addEventListener("click", () => navigator.clipboard.writeText(byId(copy).textContent.trim())
      .then(() => say(copy, done), () => say(copy, failed)));
  });
  all("[data-mask]").forEach((button) => {
    const { mask: id, show, hide, masked } = button.dataset;
    const mask = (hidden) => {
      byId(id).classList.toggle("is-masked", hidden);
      button.textContent = hidden ? show : hide;
      say(id, hidden ? masked : "");
    };
    let timer = setTimeout(() => mask(true), 60000);
    button.addEventListener("click", () => {
      clearTimeout(timer);
      const hide = !byId(id).classList.contains("is-masked");
      mask(hide);
      if (!hide) timer = setTimeout(() => mask(true), 60000);
    });
  });

  // Printing a secret is noted.
  const send = (address, fields) => fetch(address, { method: "POST", body: new URLSearchParams(fields) });
  all("form[data-print]").forEach((form) => {
    form.hidden = false;
    form.querySelector("button").addEventListener("click", () => {
      send(form.action, new FormData(form)).catch(() => {});
      print();
    });
  });
  all("[data-print-plain]").forEach((line) => {
    line.hidden = false;
    line.querySelector("button").addEventListener("click", () => print());
    // Whoever asked for it is at the printer.
    if ("printNow" in line.dataset) addEventListener("load", () => setTimeout(print, 0));
  });

  // A window of its own, opened by the click itself so that nothing blocks it. When it shows the password, this one
  // turns to where that is entered. Pressed once more, the answer comes here, and that window stays as it is.
  const channel = (name) => ("BroadcastChannel" in globalThis ? new BroadcastChannel(name) : null);
  all("form[data-window]").forEach((form) => {
    const { window: name, next } = form.dataset;
    let opened = 0;
    channel(name)?.addEventListener("message", () => location.assign(next));
    form.addEventListener("submit", (event) => {
      if (event.submitter?.formTarget === "_self") return;
      // A double click is one.
      if (opened && Date.now() - opened < 1000) { event.preventDefault(); return; }
      form.target = opened ? "_self" : name;
      if (!opened) open("", name, "popup,width=400,height=480");
      opened = Date.now();
    });
  });
  all("[data-shown]").forEach((shown) => channel(shown.dataset.shown)?.postMessage("shown"));
  all("[data-close]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => close());
  });

  // The cards of the demonstration go on showing new codes.
  const lefts = all("[data-code-left]");
  let left = Number(lefts[0]?.dataset.codeLeft);
  const tick = async () => {
    left -= 1;
    if (left <= 0) {
      const { codes, seconds } = await (await fetch("/demo/codes")).json();
      all("[data-code]").forEach((code, index) => { code.textContent = codes[index]; });
      left = seconds;
    }
    lefts.forEach((text) => { text.textContent = text.textContent.replace(/\d+/, left); });
  };
  if (lefts.length) setInterval(() => tick().catch(() => {}), 1000);

  // Told in time before being logged out: of the limit that ends, and not while somebody is at work.
  const dialog = byId("session-limit");
  if (!dialog?.showModal) return;
  const limits = dialog.dataset;
  const idle = Number(limits.idle) * 1000;
  const warning = Math.min(120000, idle / 3);
  const pause = Math.min(60000, idle / 4);
  // When the server last heard of somebody here, and when the session ends whatever they do.
  let used = Date.now();
  let last = used + Number(limits.absolute) * 1000;
  let asked = used;
  let told = false;
  const leave = () => location.assign(limits.ended);
  const windows = channel(limits.extend) ?? { postMessage() {} };
  windows.onmessage = () => {
    used = Date.now();
    if (dialog.open && last > used + idle) dialog.close();
  };
  windows.postMessage("used");
  const extend = async () => {
    asked = Date.now();
    const answer = await send(limits.extend, {});
    if (!answer.ok || answer.redirected) return leave();
    used = Date.now();
    last = used + Number(await answer.text()) * 1000;
    windows.postMessage("used");
  };
  const atWork = () => {
    if (!dialog.open && Date.now() - Math.max(used, asked) > pause) extend().catch(() => {});
  };
  ["keydown", "pointerdown", "input"].forEach((act) => addEventListener(act, atWork, { capture: true, passive: true }));
  const count = (left) => {
    const seconds = Math.ceil(left / 1000);
    const words = limits.left.replace("{m}", Math.floor(seconds / 60))
      .replace("{s}", String(seconds % 60).padStart(2, "0"));
    const text = last <= used + idle ? limits.absoluteText : limits.idleText;
    byId("session-limit-text").textContent = text.replace("{left}", words);
  };
  setInterval(() => {
    const left = Math.min(used + idle, last) - Date.now();
    if (left <= 0) return leave();
    if (left > warning) return;
    const final = last <= used + idle;
    if (final && told && !dialog.open) return;
    told ||= final;
    count(left);
    if (!dialog.open) dialog.showModal();
  }, 1000);
  const goOn = () => extend().then(() => dialog.close(), leave);
  dialog.addEventListener("cancel", (event) => { event.preventDefault(); goOn(); });
  dialog.querySelector("[data-session=extend]").addEventListener("click", goOn);
  dialog.querySelector("[data-session=leave]").addEventListener("click",
    () => document.querySelector(".who__out").requestSubmit());
})();
