// The reader: a number that is chosen shows where it comes from beside the page; without room or script its link leads there.
"use strict";
const pane = document.getElementById("evidence");
const roomy = matchMedia("(min-width: 56.01rem)");
let asked = "";

document.querySelector(".pages").addEventListener("click", async (event) => {
  const link = event.target.closest(".sheet a");
  if (!link || !roomy.matches || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const address = asked = link.href.baseVal;
  const answer = await fetch(`${address}?part=evidence`).catch(() => null);
  // Whoever is to sign in anew, or finds nobody at home, is told so on a page of its own.
  if (!answer || !answer.ok || answer.redirected) { location.assign(address); return; }
  const told = await answer.text();
  // Of two numbers that are chosen quickly the last one is shown, whichever answer comes first.
  if (asked !== address) return;
  pane.innerHTML = told;
  pane.scrollTop = 0;
  for (const other of document.querySelectorAll(".sheet a.chosen")) other.classList.remove("chosen");
  link.classList.add("chosen");
});
