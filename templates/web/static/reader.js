// The reader: a number that is chosen shows where it comes from beside the page; without room or script its link leads there.
"use strict";
const pane = document.getElementById("evidence");
const roomy = matchMedia("(min-width: 56.01rem)");

document.querySelector(".pages").addEventListener("click", async (event) => {
  const link = event.target.closest(".sheet a");
  if (!link || !roomy.matches || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const address = link.href.baseVal;
  const answer = await fetch(`${address}?part=evidence`);
  if (!answer.ok) { location.assign(address); return; }
  pane.innerHTML = await answer.text();
  pane.scrollTop = 0;
  for (const other of document.querySelectorAll(".sheet a.chosen")) other.classList.remove("chosen");
  link.classList.add("chosen");
});
