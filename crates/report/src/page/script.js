"use strict";
// Adds comfort: tables that sort, and a large viewer with controls. Without it everything is still there.
(() => {
  const value = (cell) => {
    const text = cell.dataset.v ?? cell.textContent.trim();
    return text !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
  };
  // Numbers by size, texts as people sort them, undefined values last.
  const compare = (a, b) => {
    const [number, other] = [typeof a === "number", typeof b === "number"];
    if (number && other) return a - b;
    if (number !== other) return number ? -1 : 1;
    return a.localeCompare(b, "en", { numeric: true });
  };
  for (const table of document.querySelectorAll("table.sortable")) {
    const body = table.tBodies[0];
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const rows = [...body.rows].map((row) => [value(row.cells[column]), row]);
        rows.sort(([a], [b]) => (down ? compare(b, a) : compare(a, b)));
        body.append(...rows.map(([, row]) => row));
      });
    });
  }

  const viewer = document.getElementById("viewer");
  if (!viewer) return;
  const [image, sweep, step, shown] = ["image", "sweep", "step", "value"].map((part) =>
    document.getElementById("viewer-" + part)
  );
  const images = [...document.querySelectorAll("details.image")];
  const sweepsOf = (details) => {
    const sweeps = new Map();
    for (const cell of details.querySelectorAll(".cell")) {
      const name = cell.dataset.sweep;
      sweeps.set(name, [...(sweeps.get(name) ?? []), cell]);
    }
    return sweeps;
  };
  const option = (text, index) => new Option(text, String(index));
  let cells = [];
  const fill = () => {
    const sweeps = sweepsOf(images[image.value]);
    const before = sweep.value;
    sweep.replaceChildren(...[...sweeps.keys()].map((name) => new Option(name, name)));
    if (sweeps.has(before)) sweep.value = before;
    cells = sweeps.get(sweep.value);
    step.max = String(cells.length - 1);
  };
  const show = () => {
    const cell = cells[Math.min(step.value, cells.length - 1)];
    shown.textContent = cell.dataset.value;
    step.setAttribute("aria-valuetext", cell.dataset.value);
    viewer.querySelectorAll(".large svg").forEach((svg, part) => {
      svg.setAttribute("viewBox", "0 0 100 " + cell.dataset.height);
      svg.firstElementChild.setAttribute("href", "#" + cell.id + "-" + "ptd"[part]);
    });
    const caption = viewer.querySelector("figcaption");
    const what = document.createElement("p");
    what.className = "what";
    what.textContent = images[image.value].dataset.name + ", " + sweep.value.split(":")[0] + " " + cell.dataset.value;
    caption.replaceChildren(what, cell.querySelector(".caption").cloneNode(true));
  };
  const start = document.getElementById(viewer.dataset.start);
  image.replaceChildren(...images.map((details, index) => option(details.dataset.name, index)));
  image.value = String(images.indexOf(start.closest("details")));
  fill();
  sweep.value = start.dataset.sweep;
  fill();
  step.value = String(cells.indexOf(start));
  show();
  image.addEventListener("change", () => { fill(); show(); });
  sweep.addEventListener("change", () => { fill(); show(); });
  step.addEventListener("input", show);
  viewer.querySelector(".controls").hidden = false;

  // A link to an image opens it.
  const open = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target instanceof HTMLDetailsElement) {
      target.open = true;
      target.scrollIntoView();
    }
  };
  addEventListener("hashchange", open);
  open();
})();
