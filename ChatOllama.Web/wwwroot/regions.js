// @ts-check
import { toast } from "./toast.js";

/**
 * Parts of a page that follow the server: elements with `data-region`. Every page is whole without scripts; with them a form
 * with `data-swap="thread list"` is posted in the background and the regions it names are taken from the page that comes back.
 */

/** @type {Set<string>} */ const wanted = new Set();
/** @type {Promise<void> | null} */ let running = null;
let again = 0;

/** Gets the page again and takes these regions from it. Requests that come meanwhile become one more. @param {string} names */
export function refresh(names) {
  for (const name of names.split(" ")) wanted.add(name);
  running ??= drain().finally(() => (running = null));
  return running;
}

async function drain() {
  while (wanted.size > 0) {
    const names = [...wanted];
    wanted.clear();
    const response = await fetch(location.href, { headers: { "X-Region": names.join(" ") } }).catch(() => null);
    if (response?.ok && new URL(response.url).pathname === location.pathname) swap(parse(await response.text()), names, null);
    // What changed was announced once: nobody asks again but we.
    if (!response || response.status >= 500 || response.status === 429) return later(names);
  }
}

/** @param {string[]} names */
function later(names) {
  for (const name of names) wanted.add(name);
  window.clearTimeout(again);
  again = window.setTimeout(() => wanted.size > 0 && refresh([...wanted].join(" ")), 4000);
}

/** Posts a form and takes over what it changed. Says in words what went wrong. @param {HTMLFormElement} form @param {HTMLElement | null} [submitter] @returns {Promise<boolean>} whether it was done */
export async function submit(form, submitter) {
  if (form.getAttribute("aria-busy") === "true") return false;
  form.setAttribute("aria-busy", "true");
  try {
    const response = await send(form, submitter);
    if (!response) return fail(texts().offline);
    if (response.headers.get("content-type")?.includes("problem+json")) return fail(await reason(response));
    const page = parse(await response.text());
    const names = (form.dataset.swap ?? "").split(" ");
    if (new URL(response.url).pathname !== location.pathname && !form.hasAttribute("data-stay")) {
      location.assign(response.url);
      return true;
    }
    // A page without a composer, deep in a chat or on another branch, cannot get one in place.
    if (response.ok && page.querySelector("chat-composer") && !document.querySelector("chat-composer")) {
      location.assign(response.url);
      return true;
    }
    if (!names.some((name) => page.querySelector(`[data-region="${name}"]`))) return fail(texts().refused?.replace("{0}", String(response.status)));
    if (response.ok) for (const menu of document.querySelectorAll("details.more[open]")) if (menu.contains(form)) menu.removeAttribute("open");
    swap(page, names, form);
    // A form may have gone with what it has changed.
    (form.isConnected ? form : document).dispatchEvent(new CustomEvent("swapped", { bubbles: true, detail: { ok: response.ok } }));
    return response.ok;
  } finally {
    form.removeAttribute("aria-busy");
  }
}

let previews = 0;

/** Sends what stands in a form to be looked at, and takes one region of the answer; an older answer than the newest question is of no use. @param {HTMLFormElement} form @param {HTMLElement} submitter @param {string} name */
export async function preview(form, submitter, name) {
  const mine = ++previews;
  const response = await send(form, submitter);
  if (response?.ok && mine === previews) swap(parse(await response.text()), [name], null);
}

/** @param {HTMLFormElement} form @param {HTMLElement | null} [submitter] */
function send(form, submitter) {
  const data = new FormData(form, submitter);
  const plain = form.enctype !== "multipart/form-data";
  // Fields of a form without files are plain text, so the cast says what is so.
  const body = plain ? new URLSearchParams(/** @type {any} */ (data)) : data;
  const address = submitter?.getAttribute("formaction") ?? form.getAttribute("action") ?? location.href;
  return fetch(address, { method: "POST", body, headers: { "X-Region": form.dataset.swap ?? "" } }).catch(() => null);
}

/** @param {Response} response */
async function reason(response) {
  try {
    const problem = await response.json();
    return problem.detail ?? problem.title;
  } catch {
    return texts().refused?.replace("{0}", String(response.status));
  }
}

/** @returns {Record<string, string | undefined>} */
function texts() {
  const { textOffline: offline, textRefused: refused } = /** @type {HTMLElement} */ (document.querySelector("toast-list")).dataset;
  return { offline, refused };
}

/** @param {string | undefined} text */
function fail(text) {
  toast(text ?? "");
  return false;
}

/** @param {string} html */
function parse(html) {
  return new DOMParser().parseFromString(html, "text/html");
}

/** Takes regions over from another version of this page. @param {Document} page @param {string[]} names @param {HTMLFormElement | null} form the one that was sent: what stands in its fields is the server's again; what is typed elsewhere stays */
export function swap(page, names, form) {
  // Whoever shows more than the page that comes may add it there.
  document.dispatchEvent(new CustomEvent("regions-swapping", { detail: page }));
  for (const name of names) {
    const now = document.querySelector(`[data-region="${name}"]`);
    const next = page.querySelector(`[data-region="${name}"]`);
    if (now && next) morph(now, next, form);
  }
  document.title = page.title;
  for (const name of ["data-theme", "data-text"]) copyAttribute(document.documentElement, page.documentElement, name);
  document.dispatchEvent(new CustomEvent("regions-swapped", { detail: names }));
  if (document.documentElement.lang !== page.documentElement.lang) location.reload();
}

/** Makes what is in an element like this HTML of the server's. @param {Element} now @param {string} html */
export function patch(now, html) {
  children(now, parse(html).body, null);
}

/**
 * Makes one element like another and keeps whatever is the same, so that focus, scrolling and what was typed survive.
 * @param {Element} now @param {Element} next @param {HTMLFormElement | null} form
 */
function morph(now, next, form) {
  // What was typed is no part of what is compared.
  if (!(form && (form.contains(now) || now.contains(form))) && now.isEqualNode(next)) return;
  // An answer that is being written knows more than the page that was made meanwhile.
  if (now.localName === "live-answer") return;
  const open = now instanceof HTMLDetailsElement && now.open;
  for (const { name } of [...now.attributes, ...next.attributes]) copyAttribute(now, next, name);
  if (now instanceof HTMLDetailsElement) now.open = open;
  // What a custom element has put into itself is its own.
  if (now.localName.includes("-") && !next.firstElementChild) return;
  // Children move over from the other page, a text area's text too: what stands in it is read before.
  const said = form?.contains(now) && next.matches("input, textarea, select") ? /** @type {Element} */ (next.cloneNode(true)) : null;
  children(now, next, form);
  if (said) takeValue(now, said);
}

/** @param {Element} now @param {Element} next @param {string} name */
function copyAttribute(now, next, name) {
  const value = next.getAttribute(name);
  if (value === null) now.removeAttribute(name);
  else if (now.getAttribute(name) !== value) now.setAttribute(name, value);
}

/** @param {Element} now @param {Element} next @param {HTMLFormElement | null} form */
function children(now, next, form) {
  const known = new Map([...now.children].filter((child) => child.id).map((child) => [child.id, child]));
  let place = now.firstChild;
  for (const child of [...next.childNodes]) {
    const match = child instanceof Element && child.id ? known.get(child.id) : similar(place, child) ? place : null;
    if (!match || match.nodeName !== child.nodeName) {
      now.insertBefore(child, place);
      continue;
    }
    if (match === place) place = place.nextSibling;
    else now.insertBefore(match, place);
    if (match instanceof Element) morph(match, /** @type {Element} */ (child), form);
    else if (match.nodeValue !== child.nodeValue) match.nodeValue = child.nodeValue;
  }
  while (place) {
    const gone = place;
    place = place.nextSibling;
    gone.remove();
  }
}

/** @param {ChildNode | null} place @param {ChildNode} child */
function similar(place, child) {
  return place?.nodeName === child.nodeName && !(place instanceof Element && place.id);
}

/** @param {Element} now @param {Element} next */
function takeValue(now, next) {
  if (now === document.activeElement && now.matches("textarea, input:not([type=checkbox], [type=radio])")) return;
  if (now instanceof HTMLInputElement && next instanceof HTMLInputElement) {
    now.checked = next.checked;
    if (now.type !== "file") now.value = next.value;
  } else if (now instanceof HTMLTextAreaElement && next instanceof HTMLTextAreaElement) now.value = next.value;
  else if (now instanceof HTMLSelectElement && next instanceof HTMLSelectElement) now.value = next.value;
}
