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

  // A window of its own, opened by the click itself so that nothing blocks it.
  all("form[data-window]").forEach((form) => form.addEventListener("submit", (event) => {
    if (event.submitter?.formTarget === "_self") return;
    open("", form.dataset.window, "popup,width=560,height=720");
  }));
  all("[data-close]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => close());
  });

  // Told in time before being logged out.
  const dialog = byId("session-limit");
  if (!dialog?.showModal) return;
  const idle = Number(dialog.dataset.idle);
  const warning = Math.min(120, idle / 3) * 1000;
  let end = Date.now() + Math.min(idle, Number(dialog.dataset.absolute)) * 1000;
  let last = false;
  const leave = () => location.assign(dialog.dataset.ended);
  setInterval(() => {
    const left = end - Date.now();
    if (left <= 0) leave();
    else if (left <= warning && !dialog.open && !last) dialog.showModal();
  }, 1000);
  const extend = async () => {
    const answer = await send(dialog.dataset.extend, {});
    if (!answer.ok || answer.redirected) return leave();
    const absolute = Number(await answer.text());
    end = Date.now() + Math.min(idle, absolute) * 1000;
    last = absolute * 1000 <= warning;
    dialog.close();
  };
  dialog.addEventListener("cancel", (event) => { event.preventDefault(); extend().catch(leave); });
  dialog.querySelector("[data-session=extend]").addEventListener("click", () => extend().catch(leave));
  dialog.querySelector("[data-session=leave]").addEventListener("click",
    () => document.querySelector(".who__out").requestSubmit());
})();
