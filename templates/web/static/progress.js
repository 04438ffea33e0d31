// A build's steps as they come; at its end the page is loaded once more and says what became of it.
"use strict";
const steps = document.getElementById("steps");
const said = document.getElementById("step");
const events = new EventSource(steps.dataset.events);

events.addEventListener("step", (event) => {
  const step = JSON.parse(event.data);
  if (step.number === 0) said.textContent = steps.dataset.waits;
  for (const item of steps.children) {
    const number = Number(item.dataset.step);
    // A build that a new start of the program takes up again begins anew.
    item.className = number < step.number ? "done" : number === step.number ? "now" : "";
    item.querySelector(".what").textContent = number === step.number ? step.what : "";
    if (number === step.number) said.textContent = item.querySelector(".step").textContent;
  }
});
events.addEventListener("end", () => { events.close(); location.reload(); });
events.onopen = () => { if (said.textContent === steps.dataset.lost) said.textContent = ""; };
// The browser asks again by itself as long as nobody answers; an answer that is a refusal ends that, and the page itself says why.
events.onerror = () => {
  if (events.readyState === EventSource.CLOSED) location.reload();
  else said.textContent = steps.dataset.lost;
};
