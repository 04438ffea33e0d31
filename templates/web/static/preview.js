// Live preview: redraws the page when the server tells of a new proof, and keeps the place that is being read.
"use strict";
const proof = document.getElementById("proof");
const progress = document.getElementById("progress");
const choices = document.getElementById("choices");
const pdf = document.getElementById("pdf");
const steps = progress.dataset.steps.split("|");
let shown = Number(proof.firstElementChild.dataset.version);
let wanted = shown;
let drawing = false;

function say(state) {
  const rest = state.stopped ? progress.dataset.stopped : progress.dataset.rest;
  const step = state.step || (state.version ? 0 : 1);
  progress.textContent = step ? `${step} ${steps[step - 1]} …` : rest;
}

// Pictures that are in sight are decoded before they replace the old ones, so that nothing flashes.
async function decoded(next) {
  const old = [...proof.querySelectorAll(".sheet")];
  const inSight = (sheet) => {
    const box = sheet && sheet.getBoundingClientRect();
    return box && box.bottom > -200 && box.top < innerHeight + 200;
  };
  const images = [...next.querySelectorAll(".sheet img")].filter((_, index) => inSight(old[index]));
  await Promise.all(images.map((image) => { image.loading = "eager"; return image.decode().catch(() => {}); }));
}

async function redraw() {
  if (drawing) return;
  drawing = true;
  while (shown !== wanted) {
    const version = wanted;
    const answer = await fetch(location.pathname).catch(() => null);
    if (!answer || !answer.ok) break;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const next = document.importNode(page.getElementById("proof").firstElementChild, true);
    await decoded(next);
    const top = scrollY;
    const before = proof.querySelector(".findings-pane");
    const read = { top: before.scrollTop, focused: before === document.activeElement };
    proof.replaceChildren(next);
    // Topics, languages and layouts may have come and gone; where nothing did, the focus stays on its link.
    const now = page.getElementById("choices");
    if (now.innerHTML !== choices.innerHTML) choices.replaceChildren(...now.childNodes);
    scrollTo({ top, behavior: "instant" });
    const pane = next.querySelector(".findings-pane");
    pane.scrollTop = read.top;
    if (read.focused) pane.focus({ preventScroll: true });
    shown = version;
    const image = next.querySelector(".sheet img");
    pdf.hidden = !image;
    if (image) pdf.href = image.getAttribute("src").replace(/\/\d+\.png$/, ".pdf");
  }
  drawing = false;
}

const events = new EventSource(proof.dataset.events);
events.onmessage = (event) => {
  const state = JSON.parse(event.data);
  say(state);
  wanted = state.version;
  redraw();
};
events.onerror = () => { progress.textContent = progress.dataset.lost; };
