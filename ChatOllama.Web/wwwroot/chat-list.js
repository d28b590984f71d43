// @ts-check
import { submit } from "./regions.js";
import { toast } from "./toast.js";

/**
 * The list of chats with scripts: older ones come in place, a menu opens where its chat stands, F2 renames,
 * and what was deleted can be had back from a toast. Every link and form works without.
 */
class OlderChats extends HTMLElement {
  #pages = 0;
  #busy = false;

  connectedCallback() {
    document.addEventListener("click", this.#clicked);
    document.addEventListener("regions-swapped", this.#swapped);
  }

  disconnectedCallback() {
    document.removeEventListener("click", this.#clicked);
    document.removeEventListener("regions-swapped", this.#swapped);
  }

  /** @param {MouseEvent} event */
  #clicked = (event) => {
    const link = event.target instanceof Element ? event.target.closest("a[data-older]") : null;
    const list = this.closest(".list");
    if (!(link instanceof HTMLAnchorElement) || !list?.contains(link) || isModified(event)) return;
    event.preventDefault();
    this.#pages++;
    this.#load();
  };

  /** The newest ones have changed, so these begin elsewhere now. @param {Event} event */
  #swapped = (event) => {
    if (this.#pages > 0 && /** @type {CustomEvent} */ (event).detail.includes("list")) this.#load();
  };

  async #load() {
    if (this.#busy) return;
    this.#busy = true;
    try {
      const first = /** @type {HTMLAnchorElement | null} */ (this.previousElementSibling?.querySelector("a[data-older]"));
      const rows = document.createElement("div");
      let next = first?.href ?? null;
      for (let page = 0; page < this.#pages && next; page++) {
        const got = await older(next);
        if (!got) return;
        join(rows, got.rows);
        next = got.next;
      }
      this.#show(rows, next, first);
    } finally {
      this.#busy = false;
    }
  }

  /** @param {HTMLElement} rows @param {string | null} next @param {HTMLAnchorElement | null} first */
  #show(rows, next, first) {
    const focus = this.querySelectorAll("li").length;
    const asked = first === document.activeElement || this.contains(document.activeElement);
    for (const row of rows.querySelectorAll("li")) row.removeAttribute("id");
    const [above, below] = [[...(this.previousElementSibling?.querySelectorAll("h2") ?? [])].at(-1), rows.querySelector("h2")];
    if (below && above?.textContent === below.textContent) below.remove();
    const link = first && next ? /** @type {HTMLAnchorElement} */ (first.cloneNode(true)) : null;
    if (link && next) link.href = next;
    if (first) first.hidden = true;
    this.replaceChildren(rows, ...(link ? [link] : []));
    if (asked) this.querySelectorAll("li")[focus]?.querySelector("a")?.focus();
  }
}

/** @param {string} address */
async function older(address) {
  const response = await fetch(address, { headers: { "X-Region": "chats" } }).catch(() => null);
  if (!response?.ok) return null;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const chats = page.querySelector('[data-region="chats"]');
  const rows = chats?.querySelector("[data-rows]");
  return rows ? { rows, next: chats?.querySelector("a[data-older]")?.getAttribute("href") ?? null } : null;
}

/** A month that goes on keeps one heading. @param {HTMLElement} into @param {Element} rows */
function join(into, rows) {
  const last = [...into.querySelectorAll("h2")].at(-1);
  const first = rows.querySelector("h2");
  if (last && first?.textContent === last.textContent) {
    last.nextElementSibling?.append(...(first.nextElementSibling?.children ?? []));
    first.nextElementSibling?.remove();
    first.remove();
  }
  into.append(...rows.children);
}

/** The forms of one chat, over the page. */
class ManageChat extends HTMLElement {
  /** @type {HTMLElement | null} */ #from = null;

  connectedCallback() {
    this.popover = "auto";
    this.tabIndex = -1;
    document.addEventListener("click", this.#clicked);
    document.addEventListener("swapped", this.#done);
  }

  disconnectedCallback() {
    document.removeEventListener("click", this.#clicked);
    document.removeEventListener("swapped", this.#done);
  }

  /** @param {MouseEvent} event */
  #clicked = (event) => {
    const link = event.target instanceof Element ? event.target.closest("a[data-manage]") : null;
    if (!(link instanceof HTMLAnchorElement) || isModified(event)) return;
    event.preventDefault();
    this.#open(link);
  };

  /** @param {HTMLAnchorElement} link */
  async #open(link) {
    const address = new URL(link.href);
    address.searchParams.set("from", location.pathname + location.search);
    const response = await fetch(address, { headers: { "X-Region": "manage" } }).catch(() => null);
    const page = response?.ok ? new DOMParser().parseFromString(await response.text(), "text/html") : null;
    const forms = page?.querySelector('[data-region="manage"]');
    if (!forms) return location.assign(link.href);
    forms.removeAttribute("data-region");
    this.setAttribute("aria-label", link.getAttribute("aria-label") ?? link.textContent ?? "");
    this.setAttribute("role", "dialog");
    this.#from = link;
    this.replaceChildren(forms);
    // Inside the drawer of a phone it would close the drawer: a popover within a popover stays.
    (link.closest("[popover]") ?? document.body).append(this);
    this.showPopover();
    this.#place(link);
    // A finger has come for something else than typing: no keyboard over half of the forms.
    const first = matchMedia("(pointer: fine)").matches ? this.querySelector("input:not([type=hidden])") : this;
    /** @type {HTMLElement | null} */ (first)?.focus();
  }

  /** @param {HTMLElement} link */
  #place(link) {
    const at = link.getBoundingClientRect();
    const wide = window.innerWidth > 700;
    this.style.insetBlockStart = wide ? `${Math.max(8, Math.min(at.top, window.innerHeight - this.offsetHeight - 8))}px` : "";
    this.style.insetInlineStart = wide ? `${Math.max(8, Math.min(at.right + 6, window.innerWidth - this.offsetWidth - 8))}px` : "";
  }

  /** @param {Event} event */
  #done = (event) => {
    if (!(event.target instanceof Node) || !this.contains(event.target) || !(/** @type {CustomEvent} */ (event).detail.ok)) return;
    this.hidePopover();
    if (this.#from?.isConnected) this.#from.focus();
  };
}

/** Renames in the row itself. @param {HTMLAnchorElement} link */
function rename(link) {
  const form = /** @type {HTMLFormElement | null} */ (document.getElementById("rename-chat"));
  const row = link.closest("li");
  if (!form || !row) return;
  const title = /** @type {HTMLInputElement} */ (form.elements.namedItem("title"));
  form.action = `${new URL(link.href).pathname}/rename`;
  title.value = link.title;
  form.hidden = false;
  link.hidden = true;
  row.prepend(form);
  title.focus();
  title.select();
  const end = () => {
    title.removeEventListener("keydown", key);
    title.removeEventListener("blur", later);
    document.removeEventListener("regions-swapping", done);
    form.hidden = true;
    document.getElementById("side")?.append(form);
    link.hidden = false;
    (now() ?? link).focus();
  };
  /** The list may have been taken over from the server meanwhile, links and all. */
  const now = () => (row.id ? /** @type {HTMLAnchorElement | null} */ (document.querySelector(`#${CSS.escape(row.id)} > a:not(.icon)`)) : null);
  // A list that is taken over takes the field away, which must not be moved meanwhile; what is being typed goes on in the new row.
  const later = () => void window.setTimeout(() => {
    if (form.hidden || form.contains(document.activeElement)) return;
    const [taken, typed] = [!form.isConnected, title.value];
    end();
    const again = taken ? now() : null;
    if (!again) return;
    rename(again);
    title.value = typed;
  });
  /** @param {KeyboardEvent} event */
  const key = (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    end();
  };
  /** What the form itself brings back makes the row anew, and would take the form with it. */
  const done = () => {
    if (form.getAttribute("aria-busy") === "true") end();
  };
  title.addEventListener("keydown", key);
  title.addEventListener("blur", later);
  document.addEventListener("regions-swapping", done);
}

/** @param {MouseEvent} event */
function isModified(event) {
  return event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
}

/** What was deleted a moment ago: said once, in a toast that can take it back. */
function offerUndo() {
  const form = /** @type {HTMLFormElement | null} */ (document.querySelector("[data-region] form[data-undo]"));
  if (!form) return;
  const address = new URL(location.href);
  address.searchParams.delete("deleted");
  address.searchParams.delete("open");
  address.searchParams.delete("removed");
  history.replaceState(history.state, "", address);
  if (document.querySelector("#side:popover-open")) return keepInDrawer(form);
  form.remove();
  toast(form.dataset.text ?? "", { action: { label: form.dataset.textUndo ?? "", run: () => void submit(form) }, seconds: 12 });
}

/** The drawer of a phone covers the toasts: the form itself stays above the list, which may be taken over meanwhile. @param {HTMLFormElement} form */
function keepInDrawer(form) {
  document.querySelector("#chats > form[data-undo]")?.remove();
  document.getElementById("chats")?.prepend(form);
  form.addEventListener("swapped", (event) => /** @type {CustomEvent} */ (event).detail.ok && form.remove());
  window.setTimeout(() => form.remove(), 28000);
}

document.addEventListener("keydown", (event) => {
  const link = document.activeElement;
  if (event.key !== "F2" || !(link instanceof HTMLAnchorElement) || !link.matches(".chat > a:not(.icon)")) return;
  event.preventDefault();
  rename(link);
});
document.addEventListener("regions-swapped", offerUndo);

/** Folders stay as the visitor left them. */
document.addEventListener("toggle", (event) => {
  const folder = event.target;
  if (!(folder instanceof HTMLDetailsElement) || !folder.matches(".folder")) return;
  const open = new Set(JSON.parse(sessionStorage.getItem("folders") ?? "[]"));
  if (folder.open) open.add(folder.id);
  else open.delete(folder.id);
  sessionStorage.setItem("folders", JSON.stringify([...open]));
}, true);

customElements.define("older-chats", OlderChats);
customElements.define("manage-chat", ManageChat);
document.body.append(document.createElement("manage-chat"));
for (const id of JSON.parse(sessionStorage.getItem("folders") ?? "[]")) document.getElementById(id)?.setAttribute("open", "");
offerUndo();
