// A build's steps as they come; at its end the page is loaded once more and says what became of it.
"use strict";
const steps = document.getElementById("steps");
const said = document.getElementById("step");
const events = new EventSource(steps.dataset.events);

events.addEventListener("step", (event) => {
  const step = JSON.parse(event.data);
  for (const item of steps.children) {
    const number = Number(item.dataset.step);
    item.className = number < step.number ? "done" : number === step.number ? "now" : item.className;
    if (number === step.number) {
      item.querySelector(".what").textContent = step.what;
      said.textContent = item.querySelector(".step").textContent;
    }
  }
});
events.addEventListener("end", () => { events.close(); location.reload(); });
