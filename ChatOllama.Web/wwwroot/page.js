// @ts-check
import { submit } from "./regions.js";

/** What every page does: forms that change a part of it in place, and menus that close when one turns away from them. */
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || event.defaultPrevented || !form.dataset.swap) return;
  event.preventDefault();
  submit(form, event.submitter);
});

/** @param {EventTarget | null} around the menu that stays open */
function closeMenus(around) {
  for (const menu of document.querySelectorAll("details.more[open]")) if (!(around instanceof Node && menu.contains(around))) menu.removeAttribute("open");
}

document.addEventListener("pointerdown", (event) => closeMenus(event.target));
document.addEventListener("focusin", (event) => closeMenus(event.target));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.activeElement?.closest("details.more[open]") ?? document.querySelector("details.more[open]");
  if (!menu) return;
  menu.removeAttribute("open");
  menu.querySelector("summary")?.focus();
  event.stopPropagation();
});
